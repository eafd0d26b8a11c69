// How large a picture is sent. A phone's camera makes 12 megapixels and more; what is read off a card needs a sixth of it.

// The size to draw a picture at: its longer side at most `most`; null where it is small enough as it is.
export function shrunkTo(width, height, most) {
  const longer = Math.max(width, height);
  if (!longer || longer <= most) return null;
  const scale = most / longer;
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

// The name of the picture that is sent instead: card.heic becomes card.jpg.
export function jpegName(name) {
  return `${name.replace(/\.[^.]*$/, "") || "photo"}.jpg`;
}
