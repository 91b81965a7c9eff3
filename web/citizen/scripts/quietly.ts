// A browser remembers the forms that it posts, so that it can restore its tabs: in clear, in a file, for days. What
// must not be found on this device goes by a request of its own; the page that follows is asked for with a visit.

/** Send a form's fields; null where no answer came. */
export async function sendQuietly(form: HTMLFormElement): Promise<Response | null> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  const headers = { Accept: "application/json" };
  return fetch(form.action, { method: "POST", body, headers, cache: "no-store" }).catch(() => null);
}

/** Go to a page that has to be posted to. */
export function goTo(address: string, fields: Record<string, string>): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  for (const [name, value] of Object.entries(fields)) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

/** Show the one of a form's sentences that says what became of it, and hide the others. */
export function showOnly(slot: string, form: HTMLFormElement): void {
  for (const place of form.querySelectorAll<HTMLElement>('[role="alert"]')) {
    place.hidden = place.dataset.slot !== slot;
    if (!place.hidden) place.focus();
  }
}
