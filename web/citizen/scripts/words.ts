// A link may carry the nine words behind its "#", which browsers send to nobody: they are filled in, and leave the
// address at once. The button stays the person's to press.

const MOST = 300;

fillIn();
window.addEventListener("hashchange", fillIn);

function fillIn(): void {
  const field = document.querySelector<HTMLTextAreaElement>("#words");
  const carried = decoded(location.hash.slice(1)).replace(/[^A-Za-z -]+/g, " ").trim();
  if (!field || !carried || carried.length > MOST) return;
  field.value = carried;
  history.replaceState(null, "", location.pathname + location.search);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return "";
  }
}
