package main

import (
	"bytes"
	"encoding/json"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// template.render: the text of TEMPLATE with the JSON value DATA as dot.
func init() {
	operations["template.render"] = func(raw json.RawMessage) (any, error) {
		var args struct {
			Template string
			Data     any
		}
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		parsed, err := template.New("commit message").Funcs(sprig.HermeticTxtFuncMap()).Parse(args.Template)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := parsed.Execute(&text, args.Data); err != nil {
			return nil, err
		}
		return text.String(), nil
	}
}
