// Marks the stops of the Tab key in the order of the page (a group of radio buttons is one) and notes which of them the
// key reaches, and which of these cannot be seen. Gives their number, and how many more presses stay inside one stop.
() => {
  const marked = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, audio[controls], [tabindex]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.type !== 'hidden' && e.checkVisibility({ visibilityProperty: true }));
  const stops = marked.filter(e => e.type !== 'radio' ||
    e === (marked.find(o => o.type === 'radio' && o.name === e.name && o.form === e.form && o.checked) ||
           marked.find(o => o.type === 'radio' && o.name === e.name && o.form === e.form)));
  stops.forEach((e, i) => { e.dataset.stop = i; });
  window.reached = []; window.unseen = [];
  const note = () => {
    const e = document.activeElement, stop = e.dataset.stop;
    if (stop === undefined || window.reached.at(-1) === +stop) return;
    window.reached.push(+stop);
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1), y = Math.min(Math.max(box.top + Math.min(box.height / 2, 24), 1), innerHeight - 1);
    const on = document.elementFromPoint(x, y);
    const lit = style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2;
    if (!lit || box.bottom < 0 || box.top > innerHeight || !on || !(e.contains(on) || on.contains(e) || on.closest('label')?.contains(e)))
      window.unseen.push(e.outerHTML.slice(0, 110));
  };
  addEventListener('keydown', note, true);
  window.noted = note;
  const inside = stops.reduce((sum, e) => sum + (e.type === 'date' ? 3 : e.tagName === 'AUDIO' ? 8 : 0), 0);
  return [stops.length, inside];
}
