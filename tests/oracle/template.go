package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"

	"tidemark.dev/tests/oracle/source"
	"tidemark.dev/tests/oracle/types"
	"tidemark.dev/tests/oracle/update"
	"tidemark.dev/tests/oracle/yaml"
)

// A commit as the C side describes it: see struct template_commit.
type templateCommit struct {
	Namespace, Name string
	Changes         []templateChange
	Values          map[string]string
}

type templateChange struct {
	File, APIVersion, Kind, Name, Namespace string
	Old, New, Setter                        string
	PolicyNamespace, PolicyName, Image      string
}

func (c *templateCommit) data() source.TemplateData {
	var entries []update.Entry
	for _, change := range c.Changes {
		entries = append(entries, update.Entry{
			File: change.File,
			Object: update.ObjectIdentifier{ResourceIdentifier: yaml.ResourceIdentifier{
				TypeMeta: yaml.TypeMeta{APIVersion: change.APIVersion, Kind: change.Kind},
				NameMeta: yaml.NameMeta{Name: change.Name, Namespace: change.Namespace},
			}},
			Change: update.Change{OldValue: change.Old, NewValue: change.New, Setter: change.Setter},
			Image: update.NewImageRef(change.Image,
				types.NamespacedName{Namespace: change.PolicyNamespace, Name: change.PolicyName}),
		})
	}
	update.Current = update.Sort(entries)
	files := map[string]update.ObjectChanges{}
	for _, e := range update.Current {
		if files[e.File] == nil {
			files[e.File] = update.ObjectChanges{}
		}
		files[e.File][e.Object] = append(files[e.File][e.Object], e.Change)
	}
	return source.TemplateData{
		AutomationObject: types.NamespacedName{Namespace: c.Namespace, Name: c.Name},
		Changed:          update.Result{FileChanges: files},
		Values:           c.Values,
	}
}

// Integers stay integers, as in `tidemark render --data`.
func withIntegers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil && !strings.ContainsAny(v.String(), ".eE") {
			return int(n)
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = withIntegers(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = withIntegers(v[key])
		}
	}
	return value
}

// template.render: the bytes of TEMPLATE with dot as COMMIT describes, or else
// the JSON value DATA. Template and answer are base64, as they need not be UTF-8.
func init() {
	funcs := sprig.HermeticTxtFuncMap()
	operations["template.render"] = func(raw json.RawMessage) (any, error) {
		var args struct {
			Template []byte
			Commit   *templateCommit
			Data     any
		}
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if err := decoder.Decode(&args); err != nil {
			return nil, err
		}
		parsed, err := template.New("commit message").Funcs(funcs).Parse(string(args.Template))
		if err != nil {
			return nil, err
		}
		data := withIntegers(args.Data)
		if args.Commit != nil {
			data = args.Commit.data()
		}
		var text bytes.Buffer
		if err := parsed.Execute(&text, data); err != nil {
			return nil, err
		}
		return text.Bytes(), nil
	}
}
