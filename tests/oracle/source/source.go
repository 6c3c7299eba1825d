// Package source has a commit message's data, under the name of Flux.
package source

import (
	"tidemark.dev/tests/oracle/types"
	"tidemark.dev/tests/oracle/update"
)

type TemplateData struct {
	AutomationObject types.NamespacedName
	Changed          update.Result
	Values           map[string]string
}

// Updated was a field before Flux 1.0; tidemark offers it again.
func (d TemplateData) Updated() update.ImageResult { return update.Images() }
