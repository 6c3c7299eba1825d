package main

import (
	"encoding/json"
	"fmt"

	"github.com/Masterminds/semver/v3"
)

// semver.parse: the parts of VERSION, numbers as text since they have 64 bits.
// semver.compare: -1, 0 or 1 for the versions A and B.
// semver.check: is VERSION inside RANGE?
func init() {
	operations["semver.parse"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Version string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		version, err := semver.NewVersion(args.Version)
		if err != nil {
			return nil, err
		}
		return map[string]string{
			"major":      fmt.Sprint(version.Major()),
			"minor":      fmt.Sprint(version.Minor()),
			"patch":      fmt.Sprint(version.Patch()),
			"prerelease": version.Prerelease(),
			"metadata":   version.Metadata(),
			"text":       version.String(),
		}, nil
	}
	operations["semver.compare"] = func(raw json.RawMessage) (any, error) {
		var args struct{ A, B string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		a, err := semver.NewVersion(args.A)
		if err != nil {
			return nil, err
		}
		b, err := semver.NewVersion(args.B)
		if err != nil {
			return nil, err
		}
		return a.Compare(b), nil
	}
	operations["semver.check"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Range, Version string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		constraint, err := semver.NewConstraint(args.Range)
		if err != nil {
			return nil, err
		}
		version, err := semver.NewVersion(args.Version)
		if err != nil {
			return nil, err
		}
		return constraint.Check(version), nil
	}
}
