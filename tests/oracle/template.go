// As in a program that is built for Go 1.26.
//go:debug urlstrictcolons=1

package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"strings"
	"text/template"
	"time"

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

// aCommit is the commit of template.message; the C side reads the same file.
//
//go:embed commit.json
var aCommit []byte

// someData is the dot of template.render unless told otherwise.
//
//go:embed data.json
var someData string

// Commit messages are rendered in UTC wherever the test runs.
func init() { time.Local = time.UTC }

func render(text string, data any) (any, error) {
	parsed, err := template.New("commit message").Funcs(sprig.HermeticTxtFuncMap()).Parse(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, data); err != nil {
		return nil, err
	}
	// The C side's JSON knows no NUL.
	return strings.ReplaceAll(out.String(), "\x00", "␀"), nil
}

// template.render: TEMPLATE with the JSON text DATA, or else someData, as dot.
// template.message: TEMPLATE with the commit that the JSON text COMMIT
// describes, or else aCommit.
func init() {
	operations["template.render"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Template, Data string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		if args.Data == "" {
			args.Data = someData
		}
		var data any
		decoder := json.NewDecoder(strings.NewReader(args.Data))
		decoder.UseNumber()
		if err := decoder.Decode(&data); err != nil {
			return nil, err
		}
		return render(args.Template, withIntegers(data))
	}
	operations["template.message"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Template, Commit string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		text := []byte(args.Commit)
		if len(text) == 0 {
			text = aCommit
		}
		var commit templateCommit
		if err := json.Unmarshal(text, &commit); err != nil {
			return nil, err
		}
		return render(args.Template, commit.data())
	}
}
