// The desks' script: htmx for parts that refresh in place, shortcuts, and news from the server.
import "htmx.org"
import { grid } from "./part/grid"
import { guard, problems, release } from "./part/guard"
import { keys } from "./part/keys"

const body = document.body

// The focus outlives a swap: morphing keeps most of it; where an element was replaced, its successor by id gets it.
function keepFocus(): void {
  let id = ""
  body.addEventListener("htmx:before:swap", () => {
    id = document.activeElement?.id ?? ""
  })
  body.addEventListener("htmx:after:swap", () => {
    release()
    if (document.activeElement && document.activeElement !== body) return
    const same = id ? document.getElementById(id) : null
    if (same) same.focus({ preventScroll: true })
    else problems(document)
  })
}

// say tells a screen reader that something changed without a step of its own.
function say(text: string | undefined): void {
  const place = document.getElementById("said")
  if (place && text) place.textContent = text
}

// trouble shows that the server did not answer, until it does.
function trouble(): void {
  const place = document.getElementById("trouble")
  if (!place) return
  body.addEventListener("htmx:error", () => {
    release()
    const ok = document.createElement("button")
    ok.className = "button second"
    ok.type = "button"
    ok.textContent = body.dataset.goOn ?? "OK"
    ok.addEventListener("click", () => { place.hidden = true })
    place.replaceChildren(body.dataset.offline ?? "", ok)
    place.hidden = false
  })
  body.addEventListener("htmx:after:swap", () => { place.hidden = true })
}

// news turns server-sent events into "push:TOPIC" on body, which hx-trigger hears. EventSource comes back by itself.
function news(): void {
  const address = body.dataset.stream
  if (!address) return
  const topics = new Set<string>()
  for (const element of document.querySelectorAll<HTMLElement>("[hx-trigger*='push:']")) {
    for (const match of (element.getAttribute("hx-trigger") ?? "").matchAll(/push:([\w.-]+)/g)) topics.add(match[1])
  }
  const source = new EventSource(address)
  for (const topic of topics) {
    source.addEventListener(topic, (event) => {
      body.dispatchEvent(new CustomEvent(`push:${topic}`, { detail: (event as MessageEvent<string>).data }))
      say(body.dataset.updated)
    })
  }
  addEventListener("pagehide", () => source.close())
}

guard()
keys()
grid()
keepFocus()
trouble()
news()
