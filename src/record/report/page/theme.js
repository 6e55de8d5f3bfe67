(function (root) {
  // Before the first paint: what the address asks for, what the reader chose, what the system has.
  var theme = (location.search.match(/theme=(dark|light)/) || [])[1];
  try { theme = theme || localStorage.getItem('paratia-theme'); } catch (e) { /* no storage here */ }
  var dark = matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = theme === 'dark' || theme === 'light' ? theme : dark ? 'dark' : 'light';
  root.classList.remove('no-js');
})(document.documentElement);
