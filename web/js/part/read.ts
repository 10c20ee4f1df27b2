// Reading a page aloud (读给我听), with the browser's own voice. The button comes hidden and shows where there is a voice.

const silent = "nav, form, footer, svg, button, .unseen, .sheet, .toc, .notice .mark, [hidden]"

// words are what is read: the main part, block by block, so that a voice breathes between them.
function words(): string[] {
  const main = document.querySelector("main")
  if (!main) return []
  const blocks = Array.from(main.querySelectorAll<HTMLElement>("h1, h2, h3, p, li, dt, dd, blockquote"))
  return blocks
    .filter((block) => !block.closest(silent) && !block.querySelector("p, li, dd") && block.getClientRects().length > 0)
    .map((block) => block.innerText.trim())
    .filter(Boolean)
}

export function read(): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-read]")
  const voice = window.speechSynthesis
  if (!button || !voice) return
  const begin = button.textContent ?? ""
  const rest = (): void => {
    button.textContent = begin
    button.setAttribute("aria-pressed", "false")
  }
  button.hidden = false
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") {
      voice.cancel()
      rest()
      return
    }
    voice.cancel()
    const all = words()
    all.forEach((text, i) => {
      const part = new SpeechSynthesisUtterance(text)
      part.lang = document.documentElement.lang
      part.rate = 0.9
      if (i === all.length - 1) part.onend = rest
      voice.speak(part)
    })
    button.textContent = button.dataset.read ?? begin
    button.setAttribute("aria-pressed", "true")
  })
  addEventListener("pagehide", () => voice.cancel())
}
