// Which part of the storyboard's picture shows a moment of the film. Positions in ms, lengths in pixels.

const CUE = /(\d+):(\d{2}):(\d{2})\.(\d{3}) --> .*\n.*#xywh=(\d+),(\d+),(\d+),(\d+)/g;

export function tilesOf(text) {
  return [...text.matchAll(CUE)].map(([, h, m, s, ms, ...place]) => {
    const [x, y, width, height] = place.map(Number);
    return { from: ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1000 + Number(ms), x, y, width, height };
  });
}

export function tileAt(tiles, position) {
  let found = tiles[0] ?? null;
  for (const tile of tiles) if (tile.from <= position) found = tile;
  return found;
}
