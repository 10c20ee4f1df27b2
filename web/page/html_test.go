package page

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var (
	tagForm  = regexp.MustCompile(`(?s)<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s"'>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*)\s*(/?)>`)
	attrForm = regexp.MustCompile(`(?s)([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?`)
)

var void = map[string]bool{"area": true, "br": true, "col": true, "hr": true, "img": true, "input": true, "link": true, "meta": true, "source": true, "wbr": true}

// checkHTML finds tags that do not close in order, ids given twice, references to ids that are not there, labels without
// control, and anything inline that the policy forbids.
func checkHTML(body string) (wrong []string) {
	var stack []string
	ids, refs := map[string]bool{}, map[string]string{}
	for _, m := range tagForm.FindAllStringSubmatch(body, -1) {
		name := strings.ToLower(m[2])
		if m[1] == "/" {
			if len(stack) == 0 || stack[len(stack)-1] != name {
				return append(wrong, fmt.Sprintf("</%s> closes %v", name, stack))
			}
			stack = stack[:len(stack)-1]
			continue
		}
		for _, a := range attrForm.FindAllStringSubmatch(m[3], -1) {
			key, value := a[1], a[2]+a[3]+a[4]
			switch {
			case key == "id" && ids[value]:
				wrong = append(wrong, "id twice: "+value)
			case key == "id":
				ids[value] = true
			case key == "for" || key == "aria-labelledby" || key == "aria-describedby" || key == "form":
				for id := range strings.FieldsSeq(value) {
					refs[id] = name + " " + key
				}
			case key == "style" || strings.HasPrefix(key, "on"):
				wrong = append(wrong, "inline "+key)
			case key == "href" && strings.HasPrefix(value, "#") && value != "#":
				refs[value[1:]] = "link"
			}
		}
		if name == "script" && !strings.Contains(m[3], "src=") || name == "style" {
			wrong = append(wrong, "inline "+name)
		}
		if !void[name] && m[4] == "" {
			stack = append(stack, name)
		}
	}
	for id, from := range refs {
		if !ids[id] {
			wrong = append(wrong, from+" names the absent id "+id)
		}
	}
	if len(stack) > 0 {
		wrong = append(wrong, fmt.Sprintf("not closed: %v", stack))
	}
	return wrong
}

func TestCheckHTMLFindsPlantedMistakes(t *testing.T) {
	for _, body := range []string{"<p><b></p>", `<p id="a"></p><p id="a"></p>`, `<label for="x"></label>`, `<p style="x"></p>`, "<p>", `<a onclick="x"></a>`, "<script>1</script>", `<a href="#gone"></a>`} {
		if len(checkHTML(body)) == 0 {
			t.Errorf("nothing wrong found in %s", body)
		}
	}
	if wrong := checkHTML(`<!DOCTYPE html><p id="a">1 &lt; 2<br/><input id="b" checked></p><a href="#a">x</a>`); len(wrong) > 0 {
		t.Error(wrong)
	}
}
