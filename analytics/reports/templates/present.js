// Draws the charts, and shows one section a screen: P starts, arrows step, Esc ends. Nothing here needs a network.
const charts = JSON.parse(document.getElementById("charts").textContent);
const draw = ([place, spec]) => vegaEmbed(document.getElementById(place), spec, { actions: false, renderer: "svg", logLevel: 1 });
Promise.all(Object.entries(charts).map(draw)).then(() => { document.body.dataset.drawn = "true"; });

const screens = [...document.querySelectorAll(".screen")];
const place = document.getElementById("place");
let at = 0;

const presenting = () => document.body.classList.contains("presenting");

function show(number) {
  at = Math.max(0, Math.min(screens.length - 1, number));
  screens.forEach((screen, index) => screen.classList.toggle("shown", index === at));
  screens[at].scrollTop = 0;
  place.textContent = `${at + 1} / ${screens.length}`;
  window.dispatchEvent(new Event("resize"));  // a chart in a hidden section had no width to fill
}

function visible() {
  const seen = screens.findIndex((screen) => screen.getBoundingClientRect().bottom > 80);
  return seen < 0 ? 0 : seen;
}

function start(full) {
  const first = visible();
  document.body.classList.add("presenting");
  show(first);
  if (full && document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(() => {});
}

function stop() {
  if (!presenting()) return;
  document.body.classList.remove("presenting");
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  window.dispatchEvent(new Event("resize"));
  screens[at].scrollIntoView({ behavior: "instant" });
}

const steps = {
  ArrowRight: () => show(at + 1), ArrowDown: () => show(at + 1), PageDown: () => show(at + 1), " ": () => show(at + 1),
  ArrowLeft: () => show(at - 1), ArrowUp: () => show(at - 1), PageUp: () => show(at - 1),
  Home: () => show(0), End: () => show(screens.length - 1), Escape: stop,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!presenting()) {
    if (event.key === "p" || event.key === "P") start(true);
  } else if (steps[event.key]) {
    event.preventDefault();
    steps[event.key]();
  }
});
// The browser takes Esc to itself in full screen.
document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) stop(); });
document.getElementById("start").addEventListener("click", () => start(true));
document.getElementById("back").addEventListener("click", () => show(at - 1));
document.getElementById("on").addEventListener("click", () => show(at + 1));
document.getElementById("stop").addEventListener("click", stop);
if (location.hash === "#present") start(false);
