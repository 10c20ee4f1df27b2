package strictjson_test

import (
	"errors"
	"strings"
	"testing"

	"yimen/foundation/strictjson"
)

type inner struct {
	N int `json:"n"`
}

type doc struct {
	Name string  `json:"name"`
	List []inner `json:"list"`
}

func TestDecodeKnowsEveryLine(t *testing.T) {
	var d doc
	lines, err := strictjson.Decode([]byte("{\n\"name\": \"a\",\n\"list\": [\n{\"n\": 1},\n{\"n\": 2}]}"), &d)
	if err != nil || d.List[1].N != 2 {
		t.Fatal(d, err)
	}
	for path, line := range map[string]int{"name": 2, "list": 3, "list[0].n": 4, "list[1].n": 5} {
		if lines[path] != line {
			t.Errorf("%s in line %d, want %d", path, lines[path], line)
		}
	}
}

func TestDecodeRefusesWhatWasNotMeant(t *testing.T) {
	for text, want := range map[string]strictjson.Flaw{
		"{\n\"nam\": 1}":                       {Line: 2, Path: "nam", Kind: strictjson.UnknownKey},
		"{\n\"Name\": \"a\"}":                  {Line: 2, Path: "Name", Kind: strictjson.UnknownKey},
		"{\"name\": \"a\",\n\"name\": \"b\"}":  {Line: 2, Path: "name", Kind: strictjson.DoubledKey},
		"{\"list\": [\n{\"n\": \"x\"}]}":       {Line: 2, Path: "list.n", Kind: strictjson.WrongType},
		"{\"name\": \"a\"} {}":                 {Line: 1, Kind: strictjson.Trailing},
		"{\"name\": ":                          {Line: 1, Path: "name", Kind: strictjson.Early},
		"{\"name\" \"a\"}":                     {Line: 1, Path: "name", Kind: strictjson.Syntax},
		"{\"list\":" + strings.Repeat("[", 50): {Line: 1, Kind: strictjson.Deep},
	} {
		var d doc
		_, err := strictjson.Decode([]byte(text), &d)
		var got strictjson.Flaw
		if !errors.As(err, &got) || got.Kind != want.Kind || got.Line != want.Line || want.Path != "" && got.Path != want.Path || got.Reason == "" {
			t.Errorf("%.40q: %+v, want %+v", text, err, want)
		}
	}
}
