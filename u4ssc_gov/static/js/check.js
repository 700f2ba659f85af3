// The page that checks a decision: the fingerprint of a chosen file, worked out here. The file is not sent.
(() => {
  "use strict";
  const box = document.querySelector("[data-hash-into]");
  if (!box || !window.crypto || !crypto.subtle) return;
  const target = document.getElementById(box.dataset.hashInto);
  const status = box.querySelector("[data-hash-status]");
  box.hidden = false;
  box.querySelector("input[type=file]").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
      target.value = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      status.textContent = status.dataset.done;
    } catch {
      status.textContent = status.dataset.failed;
    }
  });
})();
