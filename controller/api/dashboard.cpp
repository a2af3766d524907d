// A first, plain dashboard: one page, no outside resources, everything escaped by textContent.
#include "controller/api/api.hpp"

namespace spillway::api {

std::string_view dashboard_page() {
  return R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Spillway</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root{color-scheme:light dark;--line:#8884;--soft:#767676;--good:#2a9d5c;--warn:#d97706}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
h1{font-size:1.4rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft)}.n{text-align:right;font-variant-numeric:tabular-nums}
.tiles{display:flex;flex-wrap:wrap;gap:.8rem}.tile{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .9rem;min-width:7rem}
.tile b{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}.tile span{color:var(--soft)}
.trouble{color:var(--warn)}.good{color:var(--good)}.words{color:var(--soft)}
</style></head><body>
<h1>Spillway <span id="mode" class="words"></span></h1><p id="trouble" class="trouble"></p>
<main id="workloads"><p class="words">Waiting for the first tick…</p></main>
<script>
const make=(tag,text,kind)=>{const e=document.createElement(tag);if(text!==undefined)e.textContent=text;if(kind)e.className=kind;return e};
const tile=(name,value)=>{const t=make("div",undefined,"tile");t.append(make("b",value),make("span",name));return t};
const count=(list,phase)=>list.filter(g=>g.phase===phase).reduce((s,g)=>s+g.replicas,0);
function table(heads,rows){const t=make("table"),h=make("tr");heads.forEach(x=>h.append(make("th",x)));t.append(h);
  rows.forEach(r=>{const tr=make("tr");r.forEach(x=>tr.append(make("td",x)));t.append(tr)});return t}
const heads=["phase","place","address","since","note"],cells=g=>[g.phase,g.place,g.ip,g.since.slice(11,19),g.note||""];
function leaving(groups){if(!groups.length)return[];const s=make("section");
  s.append(make("h2","Leaving"),make("p","Of workloads that are not in the config any more: drained, and paid for until they are gone.","words"),
    table(["workload","group",...heads],groups.map(g=>[g.workload,g.id,...cells(g)])));return[s]}
function workload(w){const s=make("section");s.append(make("h2",w.name));
  const tiles=make("div",undefined,"tiles");
  tiles.append(tile("wanted",w.desired),tile("base ready",w.base?w.base.ready:"unknown"),tile("burst wanted",w.burst),
    tile("burst serving",count(w.groups,"serving")),tile("today","$"+w.spend.today.toFixed(4)));
  for(const [k,r] of Object.entries(w.readings))tiles.append(tile(k+(r.quality==="fresh"?"":" ("+r.quality+")"),r.value===null?"–":(+r.value.toFixed(3)).toString()));
  s.append(tiles,make("p",w.because+" — "+w.plan.summary));
  s.append(table(["step","from","to","because","in words"],w.decision.trail.map(t=>[t.who,t.before,t.after,t.because,t.words])));
  if(w.groups.length)s.append(make("h2","Burst groups"),table(["group",...heads],w.groups.map(g=>[g.id,...cells(g)])));
  const known=x=>x===undefined?"unknown":x;
  if(w.standby)s.append(make("h2","Kept warm"),table(["state","wanted","ready","creating","$/h","place","note"],
    [[w.standby.state,w.standby.wanted,known(w.standby.ready),known(w.standby.creating),known(w.standby.usd_per_hour),w.standby.place,w.standby.note||""]]));
  if(w.machines)s.append(make("h2","Machines"),table(["state","wanted","capacity","ready","base","max"],
    [[w.machines.state,w.machines.wanted,known(w.machines.capacity),known(w.machines.ready),w.machines.base,w.machines.max]]));
  return s}
const page=new URL("api/v1/status",location.href);page.username=page.password="";// fetch takes no address with a password
async function refresh(){try{const r=await fetch(page);if(!r.ok)throw new Error("HTTP "+r.status);const p=await r.json();
  document.getElementById("mode").textContent="mode "+p.mode+", tick "+p.tick+", "+p.at;
  document.getElementById("trouble").textContent=Object.values(p.trouble).join(" · ");
  document.getElementById("workloads").replaceChildren(...p.workloads.map(workload),...leaving(p.leaving));
}catch(e){document.getElementById("trouble").textContent="The controller does not answer: "+e.message}}
refresh();setInterval(refresh,2000);
</script></body></html>
)html";
}

}  // namespace spillway::api
