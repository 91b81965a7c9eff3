// Writing to the citizen: ready texts, and a key that sends.

const BLANK = "[…]";

const field = (): HTMLTextAreaElement | null => document.querySelector<HTMLTextAreaElement>("#reply-text");

export function prepareConversation(): void {
  document.addEventListener("click", (event) => {
    const ready = (event.target as Element).closest<HTMLElement>("[data-insert]");
    if (ready?.dataset["insert"]) insert(ready.dataset["insert"]);
  });
  document.addEventListener("keydown", (event) => {
    const target = event.target as Element;
    if (target.id !== "reply-text") return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat) {
      event.preventDefault();
      field()?.form?.requestSubmit();
    }
    if (event.key === "Escape") field()?.blur();
  });
}

/** Begin to write; false where this page or role has nothing to write in. */
export function startReply(): boolean {
  const text = field();
  text?.focus();
  text?.scrollIntoView({ block: "center" });
  return text !== null;
}

/** Put a ready text where the cursor is, and the cursor where something is to be filled in. */
function insert(words: string): void {
  const text = field();
  if (!text) return;
  const before = text.value.slice(0, text.selectionStart);
  const after = text.value.slice(text.selectionEnd);
  const gap = before && !/\s$/.test(before) ? "\n" : "";
  text.value = before + gap + words + after;
  text.closest("form")?.querySelector("details")?.removeAttribute("open");
  text.focus();
  const blank = text.value.indexOf(BLANK, before.length);
  const end = before.length + gap.length + words.length;
  text.setSelectionRange(blank < 0 ? end : blank, blank < 0 ? end : blank + BLANK.length);
}
