// The developers' page: sends the call that the form shows. A pasted token stays in its box: nothing is stored.
const form = document.getElementById("try-form") as HTMLFormElement | null
const send = document.getElementById("try-send") as HTMLButtonElement | null
const answer = document.getElementById("try-answer")

function value(id: string): string {
  return (document.getElementById(id) as HTMLInputElement | HTMLTextAreaElement | null)?.value.trim() ?? ""
}

// call turns the form's parameters into a request: path, query and headers by what the path and the names say.
function call(f: HTMLFormElement): Request {
  let path = f.dataset.path ?? ""
  const query = new URLSearchParams()
  const headers = new Headers({ "Accept-Language": document.documentElement.lang })
  for (const [name, v] of new FormData(f)) {
    if (!name.startsWith("p.") || typeof v !== "string" || v === "") continue
    const key = name.slice(2)
    if (path.includes("{" + key + "}")) path = path.replace("{" + key + "}", encodeURIComponent(v))
    else if (key === "Idempotency-Key") headers.set(key, v)
    else query.set(key, v)
  }
  const token = value("try-token")
  if (token) headers.set("Authorization", "Bearer " + token)
  const area = document.getElementById("try-body")
  const body = area ? value("try-body") : undefined
  if (area) headers.set("Content-Type", area.dataset.type ?? "application/json")
  const tail = query.size || query.toString() ? "?" + query : ""
  return new Request(path + tail, { method: f.dataset.method, headers, body, credentials: "omit", redirect: "error" })
}

// shown is an answer as text: status, headers, body; JSON is laid out.
async function shown(r: Response): Promise<string> {
  const lines = ["HTTP " + r.status]
  r.headers.forEach((v, k) => lines.push(k + ": " + v))
  const type = r.headers.get("Content-Type") ?? ""
  let body = type.includes("pdf") ? "(" + (await r.blob()).size + " bytes)" : await r.text()
  if (type.includes("json")) body = JSON.stringify(JSON.parse(body), null, 2)
  return lines.join("\n") + "\n\n" + body
}

async function go(f: HTMLFormElement, box: HTMLElement): Promise<void> {
  const out = box.querySelector("pre")
  if (!out) return
  box.hidden = false
  try {
    out.textContent = await shown(await fetch(call(f)))
  } catch {
    out.textContent = f.dataset.failed ?? ""
  }
}

if (form && send && answer) {
  send.hidden = false
  for (const part of form.querySelectorAll<HTMLElement>(".scripted")) part.hidden = false
  send.addEventListener("click", () => void go(form, answer))
}
