// Package flux pins the modules whose API types make the CRDs of Flux.
package flux

import (
	_ "github.com/fluxcd/image-automation-controller/api/v1"
	_ "github.com/fluxcd/image-reflector-controller/api/v1"
	_ "github.com/fluxcd/source-controller/api/v1"
)
