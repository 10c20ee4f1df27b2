// What every form of ours gets: one submit at a time, the mistakes in view, the chosen files by name.
// Each part is a convenience; the pages are complete without it.

const busy = "aria-busy"

// once keeps a second press of the button from sending a second time. The server's key makes the same promise; this one is
// for the person's eyes. Coming back to the page by the browser's own button sets it free.
function once(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement
    if (!form.matches("form[data-once]") || event.defaultPrevented) return
    if (form.getAttribute(busy) === "true") {
      event.preventDefault()
      event.stopImmediatePropagation()
      return
    }
    form.setAttribute(busy, "true")
  })
  addEventListener("pageshow", release)
}

// release sets forms free again.
export function release(): void {
  for (const form of document.querySelectorAll(`form[${busy}]`)) form.removeAttribute(busy)
}

// problems moves the focus to what is wrong; a link there puts it into the field, at its end.
export function problems(root: ParentNode): void {
  root.querySelector<HTMLElement>("#problems")?.focus()
}

// go puts the focus into what a link of the summary is about.
function go(event: Event): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("#problems a")
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)))
  if (!field) return
  event.preventDefault()
  field.scrollIntoView({ block: "center" })
  field.focus({ preventScroll: true })
}

function land(): void {
  document.addEventListener("click", go)
  // Enter acts when it is let go: pressed or held, it would go on into the field just focused and submit the form.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.target as Element).matches("#problems a")) event.preventDefault()
  })
  document.addEventListener("keyup", (event) => {
    if (event.key === "Enter") go(event)
  })
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`
}

// files names what was chosen, since browsers say "3 files" at best.
function files(): void {
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement
    if (!input.matches("input[data-files]")) return
    let list = input.nextElementSibling
    if (!list?.matches(".chosen")) {
      list = document.createElement("ul")
      list.className = "chosen"
      list.setAttribute("aria-live", "polite")
      input.after(list)
    }
    list.replaceChildren(...Array.from(input.files ?? [], (file) => {
      const line = document.createElement("li")
      const muted = document.createElement("span")
      muted.className = "muted"
      muted.textContent = size(file.size)
      line.append(file.name, muted)
      return line
    }))
  })
}

export function guard(): void {
  once()
  land()
  files()
  problems(document)
}
