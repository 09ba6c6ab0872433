// Light and dark: as the system has it until somebody chooses.

const KEY = "mmrag.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

export function startTheme(button) {
  const show = () => {
    const dark = (localStorage.getItem(KEY) ?? (system.matches ? "dark" : "light")) === "dark";
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.body.classList.toggle("dark", dark);
    button.setAttribute("aria-pressed", String(dark));
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Light colours" : "Dark colours");
  };
  button.addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme === "dark";
    localStorage.setItem(KEY, dark ? "light" : "dark");
    show();
  });
  system.addEventListener("change", show);
  show();
}
