// What the page does beyond being read. Without it all is shown; it writes text only, never markup.
(() => {
  'use strict';
  const $ = (selector, from) => (from || document).querySelector(selector);
  const $$ = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const on = (what, event, run) => what.addEventListener(event, run);
  const root = document.documentElement, list = $('#list'), say = $('#say'), homes = $$('.grp'), items = $$('.f');
  items.forEach((f, at) => { f.home = f.parentNode; f.at = at; });
  // -- copying: the text beside a button, the address of a finding, a waiver for it
  function copy(text, button) {
    const done = () => {
      button.was = button.was || button.textContent;
      button.textContent = say.textContent = 'Copied';
      setTimeout(() => { button.textContent = button.was; }, 1400);
    };
    const bySelection = () => { // pages opened from a file have no clipboard in some browsers
      const area = Object.assign(document.createElement('textarea'), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
      button.focus();
      done();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, bySelection);
    else bySelection();
  }
  const waiver = (f) => 'waivers:\n  - fingerprint: ' + f.id + ' # ' + f.dataset.check + ', ' +
    $('.b', f).textContent + '\n    reason: \n    owner: \n    expires: \n';
  on(document, 'click', (ev) => {
    const b = ev.target.closest('button'), f = b && b.closest('.f');
    if (!b) return;
    if (b.matches('.cp')) copy($('pre,code', b.closest('.snip,.cmd')).textContent, b);
    if (b.matches('.link')) copy(location.href.split('#')[0] + '#' + f.id, b);
    if (b.matches('.waive')) copy(waiver(f), b);
    if (b.matches('.clear')) reset();
  });

  // -- theme: the system's, until the reader chooses
  function theme(name) {
    root.dataset.theme = name;
    $('#theme span').textContent = name === 'dark' ? 'Light' : 'Dark';
  }
  theme(root.dataset.theme);
  on($('#theme'), 'click', () => {
    theme(root.dataset.theme === 'dark' ? 'light' : 'dark');
    try { localStorage.setItem('paratia-theme', root.dataset.theme); } catch (e) { /* for this visit */ }
  });
  on($('#print'), 'click', () => print());

  // -- filters: within a group any ticked value matches; groups and words must all match
  const ticked = (name) => $$('input[name=' + name + ']:checked').map((i) => i.value);
  const among = (values, value) => !values.length || values.includes(value);
  const wordsOf = (f) => f.words = f.words || f.textContent.toLowerCase();
  function apply() {
    const ver = ticked('ver'), sev = ticked('sev'), area = ticked('area'), more = ticked('more');
    const words = $('#q').value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    items.forEach((f) => {
      const d = f.dataset;
      f.hidden = !(among(ver, d.ver) && among(sev, d.sev) && among(area, d.area) &&
        (d.new || !more.includes('new')) && (!d.back || more.includes(d.back)) &&
        words.every((w) => wordsOf(f).includes(w)));
      shown += !f.hidden;
    });
    $$('.grp').forEach((g) => {
      const n = $$('.f:not([hidden])', g).length;
      g.hidden = !n;
      $('.n', g).textContent = n + (n === 1 ? ' finding' : ' findings');
    });
    $('#count').textContent = say.textContent = shown + ' shown';
    $('#empty').hidden = shown > 0;
  }
  function reset() {
    $$('.side input').forEach((i) => { i.checked = i.defaultChecked; });
    $('#q').value = '';
    apply();
  }
  on($('.side'), 'input', apply);
  on($('.side'), 'submit', (ev) => ev.preventDefault());
  on($('.fbtn'), 'click', (ev) => ev.target.setAttribute('aria-expanded', $('.side').classList.toggle('open')));
  $$('[data-only]').forEach((a) => on(a, 'click', () => {
    reset();
    $$('input[name=area]').forEach((i) => { i.checked = i.value === a.dataset.only; });
    apply();
  }));

  // -- groups: the same findings under their subject, as they came, or under their check
  function byCheck() {
    const groups = new Map();
    items.forEach((f) => {
      const id = f.dataset.check, g = groups.get(id) || $('#grp').content.firstElementChild.cloneNode(true);
      $('.nm', g).textContent = $('.nm', g).textContent || $('.a', f).textContent;
      $('.k', g).textContent = id;
      $('.card', g).append(f);
      groups.set(id, g);
    });
    return groups.values();
  }
  on($('.seg'), 'change', (ev) => {
    const check = ev.target.value === 'check';
    items.sort((a, b) => check ? a.dataset.n - b.dataset.n : a.at - b.at);
    items.forEach((f) => f.home.append(f));
    list.classList.toggle('by-check', check);
    list.replaceChildren(...(check ? byCheck() : homes));
    apply();
  });

  // -- deep links: #fingerprint opens the finding, whatever the filters say
  function go() {
    const f = document.getElementById(location.hash.slice(1));
    if (!f || !f.matches('.f')) return;
    $$('.tgt').forEach((x) => x.classList.remove('tgt'));
    f.hidden = f.closest('.grp').hidden = false;
    f.open = true;
    f.classList.add('tgt');
    f.scrollIntoView({ block: 'start' });
    $('summary', f).focus({ preventScroll: true });
  }

  // -- keys: / search, j and k move, e opens or closes all that are shown, Esc leaves the search
  const step = (s) => { if (s) { s.focus(); s.scrollIntoView({ block: 'nearest' }); } };
  const keys = {
    '/': () => $('#q').focus(),
    j: (all, at) => step(all[Math.min(at + 1, all.length - 1)]),
    k: (all, at) => step(all[Math.max(at - 1, 0)]),
    e: (all, at, open) => all.forEach((s) => { s.parentNode.open = !open; })
  };
  on(document, 'keydown', (ev) => {
    const typing = ev.target.matches('input[type=search],textarea');
    if (ev.key === 'Escape' && typing) ev.target.blur();
    if (typing || ev.ctrlKey || ev.metaKey || ev.altKey || !keys[ev.key]) return;
    ev.preventDefault();
    const all = $$('.f:not([hidden])>summary', list);
    keys[ev.key](all, all.indexOf(document.activeElement), all.every((s) => s.parentNode.open));
  });

  // -- paper: what fails, and what could not be looked at, prints open
  on(window, 'beforeprint', () => items.forEach((f) => {
    f.was = f.open;
    f.open = f.open || f.dataset.ver === 'fail' || f.dataset.ver === 'ne';
  }));
  on(window, 'afterprint', () => items.forEach((f) => { f.open = f.was; }));

  on(window, 'hashchange', go);
  apply();
  go();
  // Tests read here that the script came to its end, and whether the page runs out sideways.
  root.dataset.ready = root.scrollWidth > root.clientWidth ? 'too wide' : 'fits';
})();
