// Plays copies in Firefox over WebDriver BiDi: `node firefox.mjs PROGRAM PAGE FILMS`; prints outcomes as JSON.
import puppeteer from "puppeteer-core"

const [program, page, films] = process.argv.slice(2)
const AT_ONCE = 6
const PATIENCE_SECONDS = 60

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: program,
  headless: true,
  protocolTimeout: 300_000,
  extraPrefsFirefox: { "media.autoplay.default": 0, "media.autoplay.blocking_policy": 0 },
})
try {
  const tab = await browser.newPage()
  await tab.goto(page)
  const outcomes = await tab.evaluate((list, atOnce, seconds) => playAll(list, atOnce, seconds), JSON.parse(films), AT_ONCE, PATIENCE_SECONDS)
  process.stdout.write(JSON.stringify(outcomes))
} finally {
  await browser.close()
}
