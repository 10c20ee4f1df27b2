package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"yimen/ref"
	"yimen/town"
	"yimen/web/text"
)

const bpmnPath = "../../web/node_modules/bpmn-js/dist/bpmn-navigated-viewer.production.min.js"

// TestAnotherModellerOpensThePlans gives every plan of the town, as BPMN 2.0, to a modeller that is not ours.
func TestAnotherModellerOpensThePlans(t *testing.T) {
	s := sit(t)
	tw, err := town.Load()
	if err != nil {
		t.Fatal(err)
	}
	viewer, err := os.ReadFile(bpmnPath)
	if err != nil {
		t.Fatal(err)
	}
	say := func(key string, args ...any) string { return text.T(text.Chinese, key, args...) }
	name := func(id ref.OrganID) string { o, _ := tw.Organ(id); return o.Name }
	var plans []string
	seen := map[string]bool{}
	for _, it := range tw.Items {
		raw := string(it.BPMN(name, say))
		if _, plan, _ := strings.Cut(raw, "<bpmn:process"); !seen[plan] {
			seen[plan] = true
			plans = append(plans, raw)
		}
	}
	all, _ := json.Marshal(plans)
	got, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](`(async () => {`+string(viewer)+`;
		document.body.innerHTML = '<div id="c" style="width:1200px;height:700px"></div>'
		const wrong = [], v = new window.BpmnJS({container: "#c"})
		for (const [i, xml] of `+string(all)+`.entries()) {
			try {
				const {warnings} = await v.importXML(xml)
				if (warnings.length) wrong.push(i + ": " + warnings.map(w => w.message).join("; "))
				if (!v.get("elementRegistry").filter(e => e.type === "bpmn:UserTask").length) wrong.push(i + ": no task is drawn")
			} catch (e) { wrong.push(i + ": " + e.message) }
		}
		v.get("canvas").zoom("fit-viewport")
		return wrong.join("\n")
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if got != "" {
		t.Error(got)
	}
	s.shot("plan-bpmn")
}
