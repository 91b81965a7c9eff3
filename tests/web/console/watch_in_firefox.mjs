// Watches a broadcast in Firefox over WebDriver BiDi: `node watch_in_firefox.mjs PROGRAM ORIGIN TOKEN SESSION...`.
// Looks at each, goes back and comes to now again; prints as JSON what showed it and how colourful it was.
import puppeteer from "puppeteer-core"

const [program, origin, token, ...sessions] = process.argv.slice(2)
const timeout = 60_000

const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true, protocolTimeout: 120_000 })
try {
  const tab = await browser.newPage()
  await tab.goto(`${origin}/signin?token=${token}`)
  await Promise.all([tab.waitForNavigation(), tab.click("button[type=submit]")])
  const outcomes = []
  for (const session of sessions) {
    await tab.goto(`${origin}/live/${session}`)
    await tab.waitForSelector("#pulse[data-pulse=live]", { timeout })
    await tab.click("[data-watch]")
    await tab.waitForSelector(".live__picture:not(.live__picture--coming)", { timeout })
    const shown = (least) => tab.waitForFunction((ms) => Number(document.querySelector("main").dataset.shownMs) > ms, { timeout }, least)
    const standing = (words) => tab.waitForFunction((said) => document.querySelector("[data-standing-words]").textContent === said, { timeout }, words)
    await shown(0)
    const told = await tab.evaluate(() => {
      const picture = document.querySelector(".live__picture")
      const pen = Object.assign(document.createElement("canvas"), { width: 8, height: 8 }).getContext("2d")
      pen.drawImage(picture, 0, 0, 8, 8)
      const colours = new Set(new Uint32Array(pen.getImageData(0, 0, 8, 8).data.buffer)).size
      const { dataset } = document.querySelector(".live__stage")
      return { by: picture.tagName, colours, firstMs: Number(dataset.firstMs) }
    })
    await tab.keyboard.press("ArrowLeft")
    await standing("Looking back")
    await tab.keyboard.press("n")
    await tab.waitForFunction(() => document.querySelector("[data-standing-words]").textContent !== "Looking back", { timeout })
    outcomes.push(told)
  }
  process.stdout.write(JSON.stringify(outcomes))
} finally {
  await browser.close()
}
