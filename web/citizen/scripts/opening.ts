// Opening a tip: the words go to the server, the receipt and the token for the uploads come back.

import { say } from "./page-data";

export interface OpenedTip {
  /** The nine words; they are shown and then forgotten. */
  receipt: string;
  token: string;
  /** Where uploads are opened. */
  uploads: string;
}

/** Thrown with a sentence for the person. */
export class NotOpened extends Error {}

export async function openTip(form: HTMLFormElement, files: number): Promise<OpenedTip> {
  const fields = new FormData(form);
  const text = (name: string) => String(fields.get(name) ?? "").trim();
  const body = {
    what: text("what"),
    where: text("where"),
    when: text("when"),
    contact: text("contact"),
    language: text("language"),
    files,
  };
  const response = await fetch("/tips", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    cache: "no-store",
  }).catch(() => null);
  if (response?.ok) return (await response.json()) as OpenedTip;
  if (!response || response.status >= 500 || response.status === 429) throw new NotOpened(say("notOpened"));
  throw new NotOpened(say("refusedByServer", { reason: await reasonOf(response) }));
}

async function reasonOf(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
  return problem?.detail ?? String(response.status);
}
