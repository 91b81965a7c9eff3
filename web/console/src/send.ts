// Posts to the console, and turns its problem details into a sentence.

type Problem = { detail?: string };

export class Refused extends Error {}

/** Post a form or JSON; returns the response, or throws `Refused` with the server's own sentence. */
export async function send(url: string, body?: FormData | object): Promise<Response> {
  const json = body !== undefined && !(body instanceof FormData);
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", ...(json ? { "Content-Type": "application/json" } : {}) },
      body: body === undefined ? null : json ? JSON.stringify(body) : new URLSearchParams(entries(body as FormData)),
    });
  } catch {
    throw new Refused("The console cannot be reached. Check the network and try again.");
  }
  if (response.ok) return response;
  if (response.status === 401) location.reload();
  const problem = (await response.json().catch(() => ({}))) as Problem;
  throw new Refused(problem.detail ?? "That did not work. Try again.");
}

function entries(form: FormData): string[][] {
  return Array.from(form.entries(), ([name, value]) => [name, String(value)]);
}
