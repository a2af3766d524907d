// The page: figures as a table, and for each trace and policy load, capacity by tier, lateness and
// cost over time, with the decisions and their reasons under the pointer. Plain SVG drawn by a
// script of its own; everything from outside (names, words) goes in as text, never as markup.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <string_view>

#include "controller/cli/backtest_report.hpp"

namespace json = boost::json;

namespace spillway::cli {
namespace {

using namespace backtest;

constexpr std::string_view page_head{R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Spillway backtest</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root{color-scheme:light dark;--line:#8884;--soft:#767676;--base:#94a3b8;--vms:#4f7cac;--burst:#2a9d8f;--start:#2a9d8f55;--need:#d1495b;--late:#d1495b;--cost:#7c5cbf}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .3rem}p{margin:.2rem 0}.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}th{font-weight:600;color:var(--soft)}tbody tr{cursor:pointer}tbody tr.on{background:#8882}
figure{margin:.6rem 0}figcaption{color:var(--soft);font-size:.9rem}svg{width:100%;height:auto;display:block;overflow:visible}
svg text{font-size:11px;fill:var(--soft)}.key i{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
select{font:inherit}#tip{position:fixed;pointer-events:none;background:Canvas;border:1px solid var(--line);border-radius:.4rem;padding:.4rem .6rem;max-width:34rem;font-size:.85rem;display:none;box-shadow:0 2px 8px #0003}
</style></head><body>
<h1>Spillway backtest</h1><p class="soft" id="about"></p><div id="main"></div><div id="tip"></div>
<script>
const data=)html"};

constexpr std::string_view page_tail{R"html(;
const NS="http://www.w3.org/2000/svg",W=1100,L=48;
const make=(tag,text,kind)=>{const e=document.createElement(tag);if(text!==undefined)e.textContent=text;if(kind)e.className=kind;return e};
const svg=(tag,set)=>{const e=document.createElementNS(NS,tag);for(const k in set)e.setAttribute(k,set[k]);return e};
let begins=null; // of the trace that is shown; unknown: its days are numbered
const clock=s=>{if(begins!==null){const t=new Date(begins+1000*s).toISOString();return t.slice(5,10)+" "+t.slice(11,19)}
  const d=Math.floor(s/86400),h=Math.floor(s/3600)%24,m=Math.floor(s/60)%60,z=x=>String(x).padStart(2,"0");return (d?"day "+(d+1)+" ":"")+z(h)+":"+z(m)+":"+z(Math.floor(s%60))};
const fixed=(x,n)=>x===null?"–":x.toFixed(n);
const tip=document.getElementById("tip");
// Columns of a stretch: begin, load, load max, need max, base, vms, burst, starting, late share, cost, words
const B=0,LOAD=1,LMAX=2,NEED=3,BASE=4,VMS=5,BURST=6,START=7,LATE=8,COST=9,WORDS=10;
function plot(rows,seconds,height,layers,lines,unit){
  const H=height,T=6,Q=18,g=svg("svg",{viewBox:`0 0 ${W} ${H+T+Q}`});
  let top=1e-9;const stacks=rows.map(r=>{let s=0;return layers.map(l=>[s,s+=l.value(r)])});
  rows.forEach((r,i)=>{if(layers.length)top=Math.max(top,stacks[i][layers.length-1][1]);lines.forEach(l=>top=Math.max(top,l.value(r,i)))});
  const x=s=>L+(W-L)*s/seconds,y=v=>T+H-H*v/top,end=i=>i+1<rows.length?rows[i+1][B]:seconds;
  for(const share of [0,.5,1]){const v=top*share;g.append(svg("line",{x1:L,x2:W,y1:y(v),y2:y(v),stroke:"var(--line)"}));
    const t=svg("text",{x:L-6,y:y(v)+4,"text-anchor":"end"});t.textContent=(v>=100?v.toFixed(0):v>=10?v.toFixed(1):v.toPrecision(2))+unit;g.append(t)}
  const days=seconds/86400,every=days>3?86400*Math.ceil(days/12):days>.3?21600:seconds/6;
  for(let s=0;s<seconds;s+=every){const t=svg("text",{x:x(s),y:T+H+14});t.textContent=begins===null&&days>3?"day "+(s/86400+1):clock(s).slice(0,-3);g.append(t)}
  layers.forEach((l,k)=>{let up="",down="";rows.forEach((r,i)=>{const a=x(r[B]),b=x(end(i));up+=`${i?"L":"M"}${a.toFixed(1)} ${y(stacks[i][k][1]).toFixed(1)}H${b.toFixed(1)}`;
      down=`L${b.toFixed(1)} ${y(stacks[i][k][0]).toFixed(1)}H${a.toFixed(1)}`+down});
    g.append(svg("path",{d:up+down+"Z",fill:l.color}))});
  lines.forEach(l=>{let d="";rows.forEach((r,i)=>{d+=`${i?"L":"M"}${x(r[B]).toFixed(1)} ${y(l.value(r,i)).toFixed(1)}H${x(end(i)).toFixed(1)}`});
    g.append(svg("path",{d,fill:"none",stroke:l.color,"stroke-width":1.2,"stroke-dasharray":l.dash||""}))});
  const cross=svg("line",{y1:T,y2:T+H,stroke:"var(--soft)",visibility:"hidden"});g.append(cross);
  g.addEventListener("pointermove",e=>{const p=g.getBoundingClientRect(),s=((e.clientX-p.left)/p.width*W-L)/(W-L)*seconds;
    let i=rows.findIndex((r,k)=>s<end(k));if(s<0||i<0)return hide();
    cross.setAttribute("x1",x(rows[i][B]));cross.setAttribute("x2",x(rows[i][B]));cross.setAttribute("visibility","visible");
    const r=rows[i];let w=i;while(w>=0&&!rows[w][WORDS])--w;
    tip.replaceChildren(make("b",clock(r[B])),make("p",`load ${r[LOAD].toFixed(1)} req/s (up to ${r[LMAX].toFixed(1)}), needs ${r[NEED]} replicas`),
      make("p",`base ${r[BASE].toFixed(0)}, VMs ${r[VMS].toFixed(1)}, burst ${r[BURST].toFixed(1)}, starting ${r[START].toFixed(1)}`),
      make("p",`late ${(100*r[LATE]).toFixed(2)} %, ${r[COST].toFixed(4)} USD here`),make("p",w>=0?clock(rows[w][B])+" "+rows[w][WORDS]:"","soft"));
    tip.style.display="block";tip.style.left=Math.min(e.clientX+14,innerWidth-tip.offsetWidth-8)+"px";tip.style.top=Math.min(e.clientY+14,innerHeight-tip.offsetHeight-8)+"px"});
  const hide=()=>{cross.setAttribute("visibility","hidden");tip.style.display="none"};g.addEventListener("pointerleave",hide);return g}
function figure(name,keys,picture){const f=make("figure"),c=make("figcaption",name,"key");keys.forEach(([k,color])=>{const i=make("i");i.style.background=color;c.append(i,k)});f.append(c,picture);return f}
function trace(t){begins=t.begins===null?null:Date.parse(t.begins);const s=make("section");s.append(make("h2",t.trace));
  s.append(make("p",`${(t.seconds/86400).toFixed(1)} days, a cluster of ${t.base_replicas} replicas, up to ${t.peak_need} needed; the best possible costs ${t.optimum_cost.toFixed(2)} USD`,"soft"));
  const table=make("table"),head=make("tr"),body=make("tbody"),plots=make("div");
  ["policy","late %","cost USD","x best","J30","creates/day","under %","over %","instability"].forEach(h=>head.append(make("th",h)));
  const h=make("thead");h.append(head);table.append(h,body);s.append(table,plots);
  const show=p=>{[...body.children].forEach((r,i)=>r.classList.toggle("on",t.policies[i]===p));let spent=0;const sums=p.rows.map(r=>spent+=r[COST]);
    plots.replaceChildren(
      figure(p.policy+": capacity in replicas",[["base","var(--base)"],["VMs","var(--vms)"],["burst","var(--burst)"],["starting","var(--start)"],["need","var(--need)"]],
        plot(p.rows,t.seconds,220,[{value:r=>r[BASE],color:"var(--base)"},{value:r=>r[VMS],color:"var(--vms)"},{value:r=>r[BURST],color:"var(--burst)"},{value:r=>r[START],color:"var(--start)"}],[{value:r=>r[NEED],color:"var(--need)"}],"")),
      figure("load, requests per second",[],plot(p.rows,t.seconds,90,[],[{value:r=>r[LOAD],color:"currentColor"}],"")),
      figure("late requests",[],plot(p.rows,t.seconds,70,[{value:r=>100*r[LATE],color:"var(--late)"}],[]," %")),
      figure("burst cost so far, USD; dashed: the best possible in all",[],plot(p.rows,t.seconds,90,[],[{value:(r,i)=>sums[i],color:"var(--cost)"},{value:()=>t.optimum_cost,color:"var(--soft)",dash:"4 4"}],"")))};
  t.policies.forEach(p=>{const r=make("tr");[p.policy,fixed(100*p.late_share,2),fixed(p.burst_cost,2),fixed(p.ratio,2),fixed(p.j30,2),fixed(p.creates_per_day,0),fixed(100*p.under_timeshare,1),fixed(100*p.over_timeshare,1),fixed(p.instability,3)].forEach(c=>r.append(make("td",c)));
    r.addEventListener("click",()=>show(p));body.append(r)});
  show(t.policies[0]);return s}
document.getElementById("about").textContent=`World: ${data.world}. Figures are means over ${data.seeds} ${data.seeds===1?"seed":"seeds"}; plots show the first. Click a row for its plots; point at a plot for the decisions.`;
const main=document.getElementById("main");
if(data.traces.length>1){const choose=make("select");data.traces.forEach((t,i)=>choose.append(new Option(t.trace,i)));const place=make("div");
  choose.addEventListener("change",()=>place.replaceChildren(trace(data.traces[choose.value])));main.append(choose,place);place.append(trace(data.traces[0]))}else main.append(trace(data.traces[0]));
</script></body></html>
)html"};

/// Four significant digits keep the file small.
double brief(double value) {
  if (value == 0.0 || !std::isfinite(value)) return 0.0;
  const double unit{std::pow(10.0, std::floor(std::log10(std::abs(value))) - 4.0)};
  return std::round(value / unit) * unit;
}

json::array row_of(const Stretch& each) {
  const double late{each.requests > 0.0 ? std::min(1.0, each.late_requests / each.requests) : 0.0};
  return {each.begin_s,     brief(each.load_rps), brief(each.load_max_rps), each.need_max,
          brief(each.base), brief(each.vms),      brief(each.burst),        brief(each.starting),
          brief(late),      brief(each.cost_usd), json::string{each.words}};
}

/// JSON that may stand inside a script: nothing in it can end the element.
std::string inside_script(std::string text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char letter : text) {
    if (letter == '<') {
      safe += "\\u003c";
    } else {
      safe += letter;
    }
  }
  return safe;
}

}  // namespace

std::string report_page(const BacktestFindings& findings) {
  // Not braced: a braced json::value is an array of one element.
  json::value document = json::parse(report_json(findings));
  json::array& traces{document.as_object()["traces"].as_array()};
  for (std::size_t l{0}; l < traces.size(); ++l) {
    json::array& policies{traces[l].as_object()["policies"].as_array()};
    for (std::size_t c{0}; c < policies.size(); ++c) {
      json::array rows{};
      for (const Stretch& each : findings.timelines.at(l).at(c)) rows.push_back(row_of(each));
      policies[c].as_object()["rows"] = std::move(rows);
    }
  }
  return std::string{page_head} + inside_script(json::serialize(document)) + std::string{page_tail};
}

}  // namespace spillway::cli
