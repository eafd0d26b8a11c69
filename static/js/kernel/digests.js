// The SHA-256 of a part in base64; empty where the page is not secure enough for the browser to make one.
export async function sha256Of(part) {
  if (!window.crypto.subtle) return "";
  const digest = await window.crypto.subtle.digest("SHA-256", await part.arrayBuffer());
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
