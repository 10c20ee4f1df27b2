// Spreadsheet keys for a grid of controls, the rule keepers' table. Every key does what a button of the page does too, or
// what Tab does; without the script the grid is a plain form.

const place = "grid-column"

type Cell = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

const controls = "input:not([type=hidden]), select, textarea"

function cellOf(target: EventTarget | null): Cell | null {
  return target instanceof HTMLElement && target.matches(controls) ? target as Cell : null
}

function columnOf(cell: Cell): number {
  return Array.from(cell.closest("tr")?.querySelectorAll(controls) ?? []).indexOf(cell)
}

function go(cell: Cell | undefined): boolean {
  if (!cell) return false
  cell.focus()
  if (cell instanceof HTMLInputElement) cell.select()
  return true
}

// below is the same column some rows on.
function below(cell: Cell, by: number): Cell | undefined {
  const row = cell.closest("tr")
  const next = by > 0 ? row?.nextElementSibling : row?.previousElementSibling
  return next?.querySelectorAll<Cell>(controls)[columnOf(cell)]
}

function beside(cell: Cell, by: number): Cell | undefined {
  return cell.closest("tr")?.querySelectorAll<Cell>(controls)[columnOf(cell) + by]
}

// edge says that the caret can go no further, or that all is chosen: then an arrow leaves the cell.
function edge(cell: Cell, end: boolean): boolean {
  if (cell instanceof HTMLSelectElement) return true
  const from = cell.selectionStart ?? 0
  const to = cell.selectionEnd ?? 0
  if (from === 0 && to === cell.value.length) return true
  return from === to && (end ? to === cell.value.length : from === 0)
}

// press does what a button of the row does, and remembers the column for when the page comes back.
function press(cell: Cell, act: string): boolean {
  const button = cell.closest("tr")?.querySelector<HTMLButtonElement>(`button[data-do=${act}]`)
  sessionStorage.setItem(place, String(columnOf(cell)))
  button?.click()
  return Boolean(button)
}

function react(event: KeyboardEvent, cell: Cell): boolean {
  const select = cell instanceof HTMLSelectElement
  const lines = cell instanceof HTMLTextAreaElement
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "Enter") sessionStorage.setItem(place, String(columnOf(cell)))
    return false // saving is the page's own shortcut
  }
  if (event.altKey) {
    if (event.key === "ArrowUp") return press(cell, "up")
    if (event.key === "ArrowDown") return press(cell, "down")
    return false
  }
  switch (event.key) {
    case "Insert": return press(cell, "add")
    case "Enter": return lines && event.shiftKey ? false : go(below(cell, event.shiftKey ? -1 : 1)) || !lines
    case "ArrowUp": return !select && (!lines || edge(cell, false)) && go(below(cell, -1))
    case "ArrowDown": return !select && (!lines || edge(cell, true)) && go(below(cell, 1))
    case "ArrowLeft": return edge(cell, false) && go(beside(cell, -1))
    case "ArrowRight": return edge(cell, true) && go(beside(cell, 1))
  }
  return false
}

export function grid(): void {
  const table = document.querySelector<HTMLElement>("table[data-grid]")
  if (!table) return
  table.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target)
    if (!cell || event.isComposing || event.keyCode === 229) return
    if (react(event, cell)) {
      event.preventDefault()
      event.stopPropagation()
    }
  })
  // Enter moves; what is left of the press must not submit the form from the cell just entered.
  table.addEventListener("keypress", (event) => {
    if (event.key === "Enter" && cellOf(event.target) && !(event.target instanceof HTMLTextAreaElement && event.shiftKey)) event.preventDefault()
  })
  const row = table.querySelector<HTMLElement>("[autofocus]")?.closest("tr")
  const column = Number(sessionStorage.getItem(place) ?? 0)
  sessionStorage.removeItem(place)
  if (row) go(row.querySelectorAll<Cell>(controls)[column])
}
