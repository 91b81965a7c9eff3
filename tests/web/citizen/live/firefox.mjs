// Goes live in Firefox, over WebDriver BiDi: `node firefox.mjs PROGRAM PAGE BYTES`; films until so many bytes were recorded,
// turns the picture, stops, and prints as JSON what each recorder gave out and what the page said last.
import puppeteer from "puppeteer-core"

const [program, address, bytes] = process.argv.slice(2)
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: program,
  headless: true,
  protocolTimeout: 200_000,
  extraPrefsFirefox: { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true, "media.autoplay.default": 0 },
})

function witness() {
  window.emitted = []
  const Real = window.MediaRecorder
  window.MediaRecorder = class extends Real {
    constructor(stream, options) {
      super(stream, options)
      const chunks = []
      emitted.push(chunks)
      this.addEventListener("dataavailable", ({ data }) => data.size && chunks.push(data))
    }
  }
  window.emittedBytes = () => emitted.flat().reduce((sum, { size }) => sum + size, 0)
  window.emittedHashes = async () => {
    const hashes = []
    for (const chunks of emitted.filter(({ length }) => length > 0)) {
      const whole = await new Blob(chunks).arrayBuffer()
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", whole))
      hashes.push([...hash].map((byte) => byte.toString(16).padStart(2, "0")).join(""))
    }
    return hashes
  }
}

const PATIENCE = { timeout: 90_000 }
try {
  const tab = await browser.newPage()
  await tab.evaluateOnNewDocument(witness)
  await tab.goto(address)
  await tab.waitForSelector("#consent .send:not([disabled])", PATIENCE)
  await tab.click("#consent .send")
  await tab.waitForSelector("#on-air:not([hidden])", PATIENCE)
  await tab.waitForFunction((least) => emittedBytes() > least, PATIENCE, Number(bytes))
  await tab.click('[data-do="turn"]')
  await tab.waitForFunction(() => emitted.length === 2 && emitted[1].length > 2, PATIENCE)
  await tab.click('[data-do="stop"]')
  await tab.waitForSelector('#afterwards[data-state="over"]', PATIENCE)
  const said = await tab.$eval("#afterwards", (place) => place.innerText)
  process.stdout.write(JSON.stringify({ hashes: await tab.evaluate(() => emittedHashes()), said }))
} finally {
  await browser.close()
}
