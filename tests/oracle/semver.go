package main

import (
	"encoding/json"

	"github.com/Masterminds/semver/v3"
)

// semver.check: is VERSION inside RANGE?
func init() {
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
