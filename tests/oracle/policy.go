package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// A chooser tells whether A is better than B: 1, 0 or -1. It is asked only for
// values that it understands.
type chooser struct {
	understands func(value string) (bool, error)
	compare     func(a, b string) int
	lastWins    bool
}

func semverChooser(text string) (*chooser, error) {
	constraint, err := semver.NewConstraint(text)
	if err != nil {
		return nil, err
	}
	return &chooser{
		understands: func(value string) (bool, error) {
			version, err := semver.NewVersion(value)
			return err == nil && strings.Count(value, ".") >= 2 && constraint.Check(version), nil
		},
		compare: func(a, b string) int {
			return semver.MustParse(a).Compare(semver.MustParse(b))
		},
	}, nil
}

func numericalChooser(sign int) *chooser {
	return &chooser{
		understands: func(value string) (bool, error) {
			if _, err := strconv.ParseFloat(value, 64); err != nil {
				return false, fmt.Errorf("failed to parse invalid numeric value '%s'", value)
			}
			return true, nil
		},
		compare: func(a, b string) int {
			x, _ := strconv.ParseFloat(a, 64)
			y, _ := strconv.ParseFloat(b, 64)
			switch {
			case x < y:
				return -sign
			case x > y:
				return sign
			}
			return 0
		},
		lastWins: true,
	}
}

func newChooser(rule string) (*chooser, error) {
	kind, detail, _ := strings.Cut(rule, " ")
	sign := 1
	if detail == "desc" {
		sign = -1
	}
	switch kind {
	case "semver":
		return semverChooser(detail)
	case "numerical":
		return numericalChooser(sign), nil
	case "alphabetical":
		return &chooser{
			understands: func(string) (bool, error) { return true, nil },
			compare:     func(a, b string) int { return sign * strings.Compare(a, b) },
		}, nil
	}
	return nil, errors.New("given ImagePolicyChoice object is invalid")
}

// The tags that Flux may choose. Without a filter it is one; with a filter the
// values come in random order, so any of those that are as good as the best.
func (c *chooser) choose(values []string, tagOf map[string]string, random bool) ([]string, error) {
	var best []string
	if len(values) == 0 {
		return nil, errors.New("version list argument cannot be empty")
	}
	for _, value := range values {
		understood, err := c.understands(value)
		if err != nil {
			return nil, err
		}
		if !understood {
			continue
		}
		order := 1
		if len(best) > 0 {
			order = c.compare(value, best[0])
		}
		switch {
		case order > 0 || (order == 0 && c.lastWins && !random):
			best = []string{value}
		case order == 0 && random:
			best = append(best, value)
		}
	}
	if len(best) == 0 {
		return nil, errors.New("unable to determine latest version from provided list")
	}
	for i, value := range best {
		best[i] = tagOf[value]
	}
	return best, nil
}

// policy.pick: the tags of TAGS (words) that Flux may choose by RULE ("semver
// ^1.2", "numerical asc" …), PATTERN and EXTRACT.
func init() {
	operations["policy.pick"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Rule, Pattern, Extract, Tags string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		chooser, err := newChooser(args.Rule)
		if err != nil {
			return nil, fmt.Errorf("invalid policy: %w", err)
		}
		pattern, err := regexp.Compile(args.Pattern)
		if err != nil {
			return nil, fmt.Errorf("failed to filter tags: invalid regular expression pattern '%s': %w",
				args.Pattern, err)
		}
		tags := strings.Fields(args.Tags)
		slices.Sort(tags)
		slices.Reverse(tags)
		var values []string
		tagOf := map[string]string{}
		for _, tag := range slices.Compact(tags) {
			match := pattern.FindStringSubmatchIndex(tag)
			if match == nil {
				continue
			}
			value := tag
			if args.Extract != "" {
				value = string(pattern.ExpandString(nil, args.Extract, tag, match))
			}
			if _, known := tagOf[value]; !known {
				values = append(values, value)
			}
			tagOf[value] = tag
		}
		return chooser.choose(values, tagOf, args.Pattern != "" || args.Extract != "")
	}
}
