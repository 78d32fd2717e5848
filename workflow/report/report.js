// Tables sort and filter with the DataTables in the page. Without scripts they are plain tables.
const FEW = 10, PAGE = 25; // rows: a table of FEW or more has a filter, one of more than 2 * PAGE has pages

const bundle = new Blob([document.getElementById("datatables").textContent], { type: "text/javascript" });
const { default: DataTable } = await import(URL.createObjectURL(bundle));

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", dark.matches);
dark.addEventListener("change", follow);
follow();

function enliven(table) {
  const box = table.closest(".scroll"), rows = table.tBodies[0].rows.length, paged = rows > 2 * PAGE;
  new DataTable(table, {
    autoWidth: false,
    order: [], // as in the file until the user sorts
    ordering: { handler: true, indicators: true },
    paging: paged,
    pageLength: PAGE,
    searching: rows >= FEW,
    info: paged,
    layout: { topStart: rows >= FEW ? "search" : null, topEnd: paged ? "pageLength" : null,
      bottomStart: paged ? "info" : null, bottomEnd: paged ? "paging" : null },
    language: { search: "Filter:", lengthMenu: "_MENU_ rows", info: "_START_ to _END_ of _TOTAL_ rows", infoFiltered: "(of _MAX_)" },
  });
  // the table scrolls, but not the filter above it
  const cell = table.closest(".dt-layout-cell");
  for (const name of ["role", "aria-label", "tabindex"]) {
    cell.setAttribute(name, box.getAttribute(name));
    box.removeAttribute(name);
  }
  cell.classList.add("scroll");
  box.classList.remove("scroll");
}

for (const table of document.querySelectorAll("table.sorts")) {
  const fold = table.closest("details:not([open])");
  if (fold) fold.addEventListener("toggle", () => enliven(table), { once: true });
  else enliven(table);
}
document.documentElement.dataset.ready = "yes";
