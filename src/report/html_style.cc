// How the page looks, on screens light and dark and on paper: STYLE, SCRIPT. Colours keep a contrast of 4.5 to 1 for
// text (WCAG 2.1, 1.4.3), and none of them says anything alone.
#include "report/html.h"

namespace migrate::html {

const char* const STYLE = R"css(
:root{color-scheme:light dark;--paper:#fbfbf9;--card:#fff;--ink:#1d2327;--soft:#59646d;--line:#e3e5e1;--accent:#1f5f99;
--good:#1f7a55;--good-b:#e4f3ec;--warn:#8a5a00;--warn-b:#fbf1dc;--bad:#a8322a;--bad-b:#fbe7e5;--mute:#59646d;--mute-b:#eceeec;
--c1:#3b7dbf;--c2:#7fb3dd;--c3:#d69a2d;--c4:#c2554d;--c5:#8a93a0;--code:#f3f4f1}
@media (prefers-color-scheme:dark){:root{--paper:#14181b;--card:#1b2024;--ink:#e4e8ea;--soft:#9ba7b0;--line:#2c3338;
--accent:#7db7ea;--good:#6cc9a1;--good-b:#17322a;--warn:#e0b457;--warn-b:#352b15;--bad:#ee8d85;--bad-b:#3a201e;
--mute:#9ba7b0;--mute-b:#262c31;--c1:#4a90d9;--c2:#2f5f8f;--c3:#d8a544;--c4:#e07068;--c5:#6d7781;--code:#12161a}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 ui-sans-serif,system-ui,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif;
font-variant-numeric:tabular-nums;-webkit-font-smoothing:antialiased}
.page{max-width:72rem;margin:0 auto;padding:2.5rem 1.5rem 5rem}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
h1{font-size:1.9rem;line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:0 0 .4rem}
h2{font-size:1.3rem;font-weight:650;letter-spacing:-.01em;margin:3.2rem 0 .9rem}
h3{font-size:1.02rem;font-weight:650;margin:1.8rem 0 .5rem}
h4{font-size:.95rem;font-weight:650;margin:1.5rem 0 .4rem}
p{margin:.4rem 0;max-width:68ch}
.meta,.note{color:var(--soft);font-size:.9rem}
.meta{max-width:none}.meta b{font-weight:600;color:var(--ink)}
.verdict{border-left:5px solid var(--mute);background:var(--card);padding:1.1rem 1.4rem;margin:1.8rem 0 1.4rem;border-radius:0 .5rem .5rem 0;
box-shadow:0 0 0 1px var(--line);font-size:1.15rem;line-height:1.45}
.verdict p{max-width:none;margin:0}.verdict p+p{font-size:.95rem;margin-top:.5rem}.verdict.good{border-color:var(--good)}.verdict.warn{border-color:var(--warn)}.verdict.bad{border-color:var(--bad)}
.figures{display:flex;flex-wrap:wrap;gap:1px;background:var(--line);border:1px solid var(--line);border-radius:.6rem;overflow:hidden;margin:1.2rem 0}
.figures div{flex:1 1 8.2rem;background:var(--card);padding:.9rem 1.1rem}
.figures dt{color:var(--soft);font-size:.8rem}.figures dd{margin:.1rem 0 0;font-size:1.4rem;font-weight:600;letter-spacing:-.01em;line-height:1.25}
.figures dd{white-space:nowrap}.figures dd small{display:block;white-space:normal;font-size:.78rem;font-weight:400;color:var(--soft);letter-spacing:0}
dl.figures{margin:1.2rem 0}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.6rem;background:var(--card);margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.5rem .8rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tr:last-child td{border-bottom:0}
th{font-weight:600;color:var(--soft);font-size:.8rem;white-space:nowrap;background:var(--card)}
th.n,td.n{text-align:right;white-space:nowrap}
tbody tr:hover td{background:color-mix(in srgb,var(--accent) 5%,transparent)}
td .key,code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
code{background:var(--code);padding:.1em .35em;border-radius:.25em;overflow-wrap:anywhere}
td code{background:none;padding:0}td{min-width:5rem}.wide td:nth-child(2),.wide td:nth-child(3){min-width:9rem}
.badge{display:inline-block;font-size:.78rem;font-weight:600;padding:.1rem .6rem;border-radius:1rem;white-space:nowrap;background:var(--mute-b);color:var(--mute)}
.badge.good{background:var(--good-b);color:var(--good)}.badge.warn{background:var(--warn-b);color:var(--warn)}.badge.bad{background:var(--bad-b);color:var(--bad)}
.chart{display:block;width:100%;height:auto;background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.8rem;margin:.5rem 0}
.chart text{font-size:12.5px;fill:var(--soft);font-variant-numeric:tabular-nums}.chart .label{text-anchor:end;fill:var(--ink)}.chart .end{text-anchor:end}
.chart .grid{stroke:var(--line)}.chart .area{fill:var(--c1);fill-opacity:.75}
.c1{fill:var(--c1);background:var(--c1)}.c2{fill:var(--c2);background:var(--c2)}.c3{fill:var(--c3);background:var(--c3)}
.c4{fill:var(--c4);background:var(--c4)}.c5{fill:var(--c5);background:var(--c5)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.85rem;color:var(--soft);max-width:none}
.legend i{display:inline-block;width:.75rem;height:.75rem;border-radius:.15rem;margin-right:.4rem;vertical-align:-.05rem}
nav.toc{font-size:.9rem;margin:1.4rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1.3rem}
input[type=search]{font:inherit;font-size:.9rem;width:20rem;max-width:100%;padding:.45rem .7rem;border:1px solid var(--line);border-radius:.45rem;background:var(--card);color:inherit}
details.table{border-top:1px solid var(--line);padding:.2rem 0}
details.table>summary{cursor:pointer;padding:.9rem 0;display:flex;align-items:baseline;gap:.9rem;flex-wrap:wrap;list-style:none}
details.table>summary::-webkit-details-marker{display:none}
details.table>summary::before{content:"▸";color:var(--soft);width:.8rem}details.table[open]>summary::before{content:"▾"}
summary h3{font-size:1.15rem;margin:0}summary .note{margin-left:auto}
.inside{padding:0 0 1.6rem 1.7rem}
ul{padding-left:1.2rem;margin:.4rem 0}li{margin:.35rem 0;max-width:75ch}
del,ins{text-decoration:none}del{color:var(--bad)}ins{color:var(--good)}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
[hidden]{display:none!important}
@media (max-width:40rem){.inside{padding-left:0}.page{padding:1.4rem 1rem 3rem}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--accent:#000;--code:#f5f5f5;
--good:#1f7a55;--good-b:#fff;--warn:#8a5a00;--warn-b:#fff;--bad:#a8322a;--bad-b:#fff;--mute:#444;--mute-b:#fff;
--c1:#3b7dbf;--c2:#7fb3dd;--c3:#d69a2d;--c4:#c2554d;--c5:#8a93a0}
@page{margin:16mm 14mm}body{font-size:10pt}.page{max-width:none;padding:0}.search,nav.toc{display:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2,h3,h4,summary,.note,.meta{break-after:avoid}tr,.chart,.figures,.verdict,li{break-inside:avoid}thead{display:table-header-group}
.badge{border:1px solid currentColor}.scroll{overflow:visible}.inside{padding-left:0}details.table>summary::before{content:none}}
)css";

// Finding one of many tables, and all of them on paper. The page is whole without it.
const char* const SCRIPT = R"js(
(function(){
var box=document.getElementById('find');
if(box){box.parentNode.hidden=false;box.addEventListener('input',function(){var q=box.value.toLowerCase();
document.querySelectorAll('[data-table]').forEach(function(e){e.hidden=q!==''&&e.dataset.table.toLowerCase().indexOf(q)<0})})}
function reveal(){var t=location.hash&&document.getElementById(location.hash.slice(1));if(t&&t.tagName==='DETAILS')t.open=true}
addEventListener('hashchange',reveal);reveal();
var opened=[];
addEventListener('beforeprint',function(){document.querySelectorAll('details:not([open])').forEach(function(d){d.open=true;opened.push(d)})});
addEventListener('afterprint',function(){opened.forEach(function(d){d.open=false});opened=[]});
})();
)js";

}  // namespace migrate::html
