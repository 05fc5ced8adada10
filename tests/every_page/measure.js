// What is unsound about the page as it stands, axe-core's findings of any weight among it. What a reader touches must
// be 44 pixels high; a link inside a line of text is as high as its line.
async () => {
  const seen = e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest('.vh, .skip');
  const name = e => e.outerHTML.replace(/\s+/g, ' ').slice(0, 110);
  const found = [];
  const say = (what, e) => found.push(what + ': ' + (e instanceof Element ? name(e) : e));
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1);
    say('wider than the screen', wide.find(e => !wide.some(other => other !== e && e.contains(other))) || 'unknown');
  }
  const heads = [...document.querySelectorAll('h1,h2,h3,h4')].filter(h => h.checkVisibility()).map(h => +h.tagName[1]);
  if (document.querySelectorAll('h1').length !== 1) say('one h1 expected', String(heads));
  if (heads.some((level, i) => level > (heads[i - 1] ?? 0) + 1)) say('a level of headings is left out', String(heads));
  if (document.querySelectorAll('main').length !== 1) say('one main expected', '');
  for (const e of document.querySelectorAll('button, .button, summary, select, textarea, input')) {
    if (!seen(e) || e.type === 'hidden') continue;
    const touched = e.type === 'radio' || e.type === 'checkbox' ? e.closest('label') || e : e;
    if (touched.getBoundingClientRect().height < 44) say('too low to be touched', e);
  }
  for (const e of document.querySelectorAll('a[href]')) {
    if (!seen(e) || e.matches('.button')) continue;
    const alone = !['P', 'DD', 'TD', 'SPAN', 'CAPTION'].includes(e.parentElement.tagName) || e.parentElement.textContent.trim() === e.textContent.trim();
    const whole = getComputedStyle(e, '::after').position === 'absolute' ? e.closest('.card') : e;
    if (alone && whole.getBoundingClientRect().height < 44) say('a link too low to be touched', e);
  }
  for (const e of document.querySelectorAll('h1, h2, h3, p, a, button, label, legend, td, dd, li, strong')) {
    if (seen(e) && !e.matches('.who') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth && getComputedStyle(e).overflowX === 'hidden') say('text cut', e);
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) say('an id stands twice', id);
  for (const e of document.querySelectorAll('[aria-invalid=true]')) {
    const told = (e.getAttribute('aria-describedby') || '').split(' ').map(id => document.getElementById(id));
    if (!told.some(one => one && one.textContent.trim())) say('wrong without a word', e);
  }
  const hole = document.documentElement.lang === 'vi' ? /.{0,30}(undefined|NaN|None|\{\w+\}).{0,30}/ : /.{0,30}(undefined|NaN|\{\w+\}).{0,30}/;
  if (hole.test(document.body.innerText)) say('a hole in the words', document.body.innerText.match(hole)[0]);
  const axed = await axe.run(document, { resultTypes: ['violations'], preload: false, iframes: false });
  for (const one of axed.violations) for (const node of one.nodes.slice(0, 3)) found.push(`${one.id} (${one.impact}): ${node.html.slice(0, 110)} ${node.target}`);
  return found;
}
