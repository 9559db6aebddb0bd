// The resident's window: load anew when the operator moves on.
const main = document.querySelector("[data-marker]");
setInterval(async () => {
  const answer = await fetch("/warga/marker");
  if (answer.ok && (await answer.json()).marker !== main.dataset.marker) location.reload();
}, 1500);
