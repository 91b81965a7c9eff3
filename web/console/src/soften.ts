// Pictures blurred and grey, for who wants them so; this device remembers.

const KEY = "tipline-soft";

export function prepareSoftening(): void {
  apply(localStorage.getItem(KEY) === "yes");
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-toggle-soft]")) toggleSoft();
  });
}

export function toggleSoft(): void {
  const soft = !document.documentElement.classList.contains("soft");
  localStorage.setItem(KEY, soft ? "yes" : "no");
  apply(soft);
}

function apply(soft: boolean): void {
  document.documentElement.classList.toggle("soft", soft);
  document.querySelector("[data-toggle-soft]")?.setAttribute("aria-pressed", String(soft));
}
