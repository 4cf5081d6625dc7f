"""The wander of `benchmarks.viewer` in OpenSeadragon: tiles from a DeepZoom server, drawn by headless Chromium.

`python -m benchmarks.openseadragon LIBRARY [--seconds 20] [--browser chromium]` takes openseadragon.js (`npm pack
openseadragon`, build/openseadragon) and prints one line of JSON: time between frames (no limit by the screen's refresh)
while panning on tiles at hand, while zooming and while tiles load, of a view of 1920 x 1080 px over the slide of
100,000 x 200,000 px, and the memory of the browser (proportional, MB). No layers lie on the slide.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue

import openslide
from openslide.deepzoom import DeepZoomGenerator

from inference.synthetic.giant_slide import write_giant_slide

SIZE = (1920, 1080)
TILE = 254
PAGE = """<!doctype html><body style="margin:0"><div id="view" style="width:%dpx;height:%dpx"></div>
<script src="library.js"></script><script>
const seconds = %f, facts = {};
const viewer = OpenSeadragon({id: "view", tileSources: "slide.dzi", drawer: "canvas", showNavigator: false,
  showNavigationControl: false, animationTime: 0, minZoomPixelRatio: 0.01});
const frame = () => new Promise(requestAnimationFrame), sleep = ms => new Promise(done => setTimeout(done, ms));
const point = (x, y) => new OpenSeadragon.Point(x, y);
function note(name, times) {
  times.sort((a, b) => a - b);
  facts[name + "_median_ms"] = times[Math.floor(times.length / 2)];
  facts[name + "_p99_ms"] = times[Math.floor(times.length * 0.99)];
}
async function timed(count, move) {
  const times = [];
  await frame();
  for (let number = 0; number < count; number++) {
    const started = performance.now();
    move(number);
    viewer.forceRedraw();
    await frame();
    times.push(performance.now() - started);
  }
  return times;
}
const panBy = (dx, dy) => viewer.viewport.panBy(viewer.viewport.deltaPointsFromPixels(point(dx, dy)), true);
viewer.addOnceHandler("open", async () => {
  viewer.viewport.zoomTo(viewer.viewport.imageToViewportZoom(1 / 6), null, true);
  for (const zoom of [1 / 6, 1 / 3.5, 1 / 2.2, 1 / 6]) {
    viewer.viewport.zoomTo(viewer.viewport.imageToViewportZoom(zoom), null, true);
    await sleep(2500);
  }
  note("pan", await timed(120, number => panBy(number %% 40 < 20 ? 31 : -31, number %% 40 < 20 ? 17 : -17)));
  note("zoom", await timed(120, number => viewer.viewport.zoomBy(number %% 40 < 20 ? 1.05 : 1 / 1.05, null, true)));
  const until = performance.now() + 1000 * seconds;
  let times = [];
  while (performance.now() < until) {
    const zoom = viewer.viewport.imageToViewportZoom(1 / 2 ** (6 * Math.random()));
    viewer.viewport.zoomTo(zoom, null, true);
    viewer.viewport.panTo(point(0.05 + 0.9 * Math.random(), 0.05 + 1.9 * Math.random()), true);
    times = times.concat(await timed(40, () => panBy(50 * Math.random() - 25, 50 * Math.random() - 25)));
  }
  note("loading", times);
  fetch("result", {method: "POST", body: JSON.stringify(facts)});
});
</script></body>"""


def main() -> None:
    """Serves, browses and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--browser", default="chromium")
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "giant.tif"
        write_giant_slide(path)
        results: SimpleQueue[dict[str, float]] = SimpleQueue()
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(path, wishes, results))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = subprocess.Popen(
            [
                wishes.browser,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-frame-rate-limit",
                "--disable-gpu-vsync",
                f"--window-size={SIZE[0]},{SIZE[1]}",
                f"--user-data-dir={folder}/profile",
                f"http://127.0.0.1:{server.server_port}/",
            ],
            stderr=subprocess.DEVNULL,
        )
        try:
            facts = results.get(timeout=60 + wishes.seconds)
            facts["browser_mb"] = _memory_mb(browser.pid)
        finally:
            browser.terminate()
            browser.wait()
            server.shutdown()
    print(json.dumps(facts))


def _handler(
    path: Path, wishes: argparse.Namespace, results: SimpleQueue[dict[str, float]]
) -> type[BaseHTTPRequestHandler]:
    pyramid = DeepZoomGenerator(openslide.OpenSlide(path), tile_size=TILE, overlap=1)

    class Handler(BaseHTTPRequestHandler):
        """The page, the library, the description and the tiles."""

        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            if name == "":
                self._answer("text/html", (PAGE % (*SIZE, wishes.seconds)).encode())
            elif name == "library.js":
                self._answer("text/javascript", wishes.library.read_bytes())
            elif name == "slide.dzi":
                self._answer("application/xml", pyramid.get_dzi("jpeg").encode())
            elif name.startswith("slide_files/"):
                level, place = name.removeprefix("slide_files/").split("/")
                column, row = place.removesuffix(".jpeg").split("_")
                data = io.BytesIO()
                pyramid.get_tile(int(level), (int(column), int(row))).save(data, "jpeg", quality=80)
                self._answer("image/jpeg", data.getvalue())
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer("text/plain", b"")

        def log_message(self, format: str, *arguments: object) -> None:
            """Thousands of tiles are not worth a line each."""

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _memory_mb(pid: int) -> float:
    """Proportional memory of a process and all below it."""
    total = 0.0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            total += int(line.split()[1]) / 1e3
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total + sum(_memory_mb(int(child)) for child in children)


if __name__ == "__main__":
    main()
