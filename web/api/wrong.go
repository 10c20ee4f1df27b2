package api

import (
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"yimen/foundation/fault"
)

// says is one text of huma with our key for it; value names the place of the text's one value.
type says struct {
	text  *regexp.Regexp
	key   string
	value string
}

var placeholder = regexp.MustCompile(`%[vds]`)

func saying(text, key, value string) says {
	return says{regexp.MustCompile("^" + placeholder.ReplaceAllString(regexp.QuoteMeta(text), "(.*)") + "$"), key, value}
}

// sayings translate huma's texts, which are English, into keys of our catalogues. A text that is not here is told as plainly
// wrong, so that no English comes through.
var sayings = []says{
	saying(validation.MsgUnexpectedProperty, "api.wrong.unexpected", ""),
	saying("unknown query parameter", "api.wrong.unexpected", ""),
	saying(validation.MsgExpectedRequiredProperty, "api.wrong.required", ""),
	saying("required %s parameter is missing", "api.wrong.required", ""),
	saying(validation.MsgExpectedString, "api.wrong.string", ""),
	saying(validation.MsgExpectedBase64String, "api.wrong.base64", ""),
	saying(validation.MsgExpectedBoolean, "api.wrong.boolean", ""),
	saying("invalid boolean", "api.wrong.boolean", ""),
	saying(validation.MsgExpectedNumber, "api.wrong.number", ""),
	saying(validation.MsgExpectedInteger, "api.wrong.integer", ""),
	saying("invalid integer", "api.wrong.integer", ""),
	saying(validation.MsgExpectedArray, "api.wrong.array", ""),
	saying(validation.MsgExpectedObject, "api.wrong.object", ""),
	saying(validation.MsgExpectedOneOf, "api.wrong.choice", "choices"),
	saying(validation.MsgExpectedMinimumNumber, "api.wrong.least", "min"),
	saying(validation.MsgExpectedMaximumNumber, "api.wrong.most", "max"),
	saying(validation.MsgExpectedMinLength, "api.wrong.short", "min"),
	saying(validation.MsgExpectedMaxLength, "api.wrong.long", "max"),
	saying(validation.MsgExpectedMinItems, "api.wrong.few", "min"),
	saying(validation.MsgExpectedMaxItems, "api.wrong.many", "max"),
	saying(validation.MsgExpectedMinProperties, "api.wrong.few", "min"),
	saying(validation.MsgExpectedMaxProperties, "api.wrong.many", "max"),
}

// missing names the property that huma tells in its text instead of the location.
var missing = saying(validation.MsgExpectedRequiredProperty, "", "")

// wrongOf is one of huma's findings in our words, without the value: that may be a person's.
func wrongOf(d *huma.ErrorDetail) fault.Field {
	f := fault.Field{Name: fieldName(d.Location), Key: "api.wrong.value"}
	if f.Name == "body" {
		f.Key = "api.wrong.body"
	}
	for _, s := range sayings {
		m := s.text.FindStringSubmatch(d.Message)
		if m == nil {
			continue
		}
		f.Key = s.key
		if s.value != "" {
			f.Args = []any{s.value, m[1]}
		}
		break
	}
	if m := missing.text.FindStringSubmatch(d.Message); m != nil {
		f.Name = strings.TrimPrefix(f.Name+"."+m[1], "body.")
	}
	return f
}

// longestName is the most of a field's name that is told back: callers choose the names of unexpected ones.
const longestName = 100

// fieldName is a location without the part of the request it stands in.
func fieldName(location string) string {
	for _, part := range []string{"body.", "query.", "path.", "header."} {
		if name, ok := strings.CutPrefix(location, part); ok {
			location = name
			break
		}
	}
	if r := []rune(location); len(r) > longestName {
		return string(r[:longestName])
	}
	return location
}
