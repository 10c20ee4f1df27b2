// A session ends after a while without a request; two minutes before, the page says so and offers to go on. What was saved
// stays either way.

const ahead = 120

export function ending(): void {
  const box = document.querySelector<HTMLElement>("[data-ends]")
  if (!box) return
  let timer = 0
  const wait = (): void => {
    box.hidden = true
    timer = window.setTimeout(() => { box.hidden = false }, (Number(box.dataset.ends) - ahead) * 1000)
  }
  box.querySelector("button")?.addEventListener("click", async () => {
    window.clearTimeout(timer)
    const answer = await fetch("/signin/stay", { method: "POST" })
    if (answer.ok) wait()
    else location.reload()
  })
  wait()
}
