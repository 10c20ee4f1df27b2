// Shortcuts of desk pages. An element says its own: data-key="F4" or "Ctrl+Enter"; pressing it clicks a button or link and
// focuses anything else. What is seen is what works: hidden elements have no shortcut.

const plain = new Map([[" ", "Space"], ["ArrowUp", "Up"], ["ArrowDown", "Down"], ["ArrowLeft", "Left"], ["ArrowRight", "Right"]])

// combo writes a key press the way data-key does.
function combo(event: KeyboardEvent): string {
  let key = plain.get(event.key) ?? event.key
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)
  if (event.altKey && digit) key = digit[1] // Alt changes what a digit types on some layouts
  if (key.length === 1) key = key.toUpperCase()
  const shift = event.shiftKey && key.length > 1
  return `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])"))
}

const seen = (element: HTMLElement): boolean => element.getClientRects().length > 0

// scope is the open dialog, if there is one: behind it nothing reacts.
const scope = (): ParentNode => document.querySelector("dialog[open]") ?? document

function find(key: string): HTMLElement | undefined {
  return Array.from(scope().querySelectorAll<HTMLElement>("[data-key]")).find((element) => element.dataset.key === key && seen(element))
}

function act(element: HTMLElement): void {
  if (element.matches("a, button, summary")) element.click()
  else {
    element.focus()
    if (element instanceof HTMLInputElement) element.select()
  }
}

function section(n: number): boolean {
  const target = document.querySelectorAll<HTMLElement>("[data-section]")[n - 1]
  target?.focus()
  target?.scrollIntoView({ block: "start" })
  return Boolean(target)
}

// primary is what Ctrl+Enter does where nothing claims it: the main button of the form one is in.
function primary(): HTMLElement | null {
  const form = document.activeElement?.closest("form") ?? scope().querySelector("main form, form")
  return form?.querySelector<HTMLElement>("button.main") ?? null
}

function react(event: KeyboardEvent): boolean {
  const key = combo(event)
  const bare = !event.ctrlKey && !event.altKey && !event.metaKey && !/^F[0-9]+$|^Escape$/.test(event.key)
  if (bare && typing(event.target)) return false
  const own = find(key)
  if (own) {
    act(own)
    return true
  }
  if (key === "?") {
    toggle("keys")
    return true
  }
  const alt = /^Alt\+([1-9])$/.exec(key)
  if (alt) return section(Number(alt[1]))
  if (key === "/") {
    const search = document.querySelector<HTMLElement>("[role=search] input, input[type=search]")
    search?.focus()
    return Boolean(search)
  }
  if (key === "Ctrl+Enter") {
    const button = primary()
    button?.click()
    return Boolean(button)
  }
  return false
}

// label is what a shortcut does, in the page's own words.
function label(element: HTMLElement): string {
  const own = element.getAttribute("aria-label") ?? element.dataset.keyLabel
  if (own) return own
  if (element.matches("input, select, textarea")) return (element as HTMLInputElement).labels?.[0]?.textContent?.trim() ?? ""
  return Array.from(element.childNodes).filter((node) => !(node instanceof Element && node.matches("kbd, .unseen"))).map((node) => node.textContent).join("").trim()
}

// list adds the page's living shortcuts to the printed ones.
function list(dialog: HTMLElement): void {
  const target = dialog.querySelector("[data-keys]")
  if (!target) return
  for (const old of target.querySelectorAll("[data-found]")) old.remove()
  for (const element of document.querySelectorAll<HTMLElement>("[data-key]")) {
    if (!seen(element) || dialog.contains(element)) continue
    const line = document.createElement("div")
    const term = document.createElement("dt")
    const words = document.createElement("dd")
    const key = document.createElement("kbd")
    line.dataset.found = ""
    key.textContent = element.dataset.key ?? ""
    words.textContent = label(element)
    term.append(key)
    line.append(term, words)
    target.append(line)
  }
}

// toggle opens or closes a dialog; the browser gives the focus back to where it was.
export function toggle(id: string): void {
  const dialog = document.getElementById(id)
  if (!(dialog instanceof HTMLDialogElement)) return
  if (dialog.open) {
    dialog.close()
    return
  }
  list(dialog)
  dialog.showModal()
}

export function keys(): void {
  document.addEventListener("keydown", (event) => {
    // While an input method composes Chinese, every key is its own.
    if (event.isComposing || event.keyCode === 229 || event.repeat) return
    if (react(event)) event.preventDefault()
  })
  document.addEventListener("click", (event) => {
    const opener = (event.target as Element).closest<HTMLElement>("[data-dialog]")
    if (opener) toggle(opener.dataset.dialog ?? "")
  })
}
