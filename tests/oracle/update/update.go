// Package update has the results of an update, under the names of Flux, with
// the order that tidemark promises where Flux leaves it to chance.
package update

import (
	"slices"

	"tidemark.dev/tests/oracle/types"
	"tidemark.dev/tests/oracle/yaml"
)

type ObjectIdentifier struct {
	yaml.ResourceIdentifier
}

type Change struct {
	OldValue string
	NewValue string
	Setter   string
}

type ObjectChanges map[ObjectIdentifier][]Change

// Entry is one change with all that belongs to it; the sum of them is hidden
// behind the results, as what their methods answer.
type Entry struct {
	File   string
	Object ObjectIdentifier
	Change Change
	Image  ImageRef
}

type Result struct {
	FileChanges map[string]ObjectChanges
}

// Current is what the methods answer from; one template runs at a time.
var Current []Entry

func Sort(list []Entry) []Entry {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Entry) int {
		switch {
		case a.File < b.File:
			return -1
		case a.File > b.File:
			return 1
		}
		return 0
	})
	return list
}

func (r Result) Objects() ObjectChanges {
	result := ObjectChanges{}
	for _, e := range Current {
		result[e.Object] = append(result[e.Object], e.Change)
	}
	return result
}

func (r Result) Changes() []Change {
	var result []Change
	for _, e := range Current {
		if !slices.Contains(result, e.Change) {
			result = append(result, e.Change)
		}
	}
	return result
}

func (r Result) ImageResult() ImageResult { return Images() }

// ImageRef is one image and its policy.
type ImageRef struct {
	text   string
	policy types.NamespacedName
}

// ImageResult is the result as it was before Flux 1.0.
type ImageResult struct {
	Files map[string]FileResult
}

type FileResult struct {
	Objects map[ObjectIdentifier][]ImageRef
}
