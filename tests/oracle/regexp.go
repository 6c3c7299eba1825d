package main

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// regexp.match: begin and end of the first match of PATTERN in TEXT and of its
// groups (-1: took no part), or null.
// regexp.all: a list of those, one a match.
// regexp.expand: TEMPLATE with the groups of the first match, or null.
// regexp.quote: TEXT as a pattern that matches just that.
// float.parse: the bits of TEXT as a float64, in hexadecimal digits.
func init() {
	operations["regexp.match"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Pattern, Text string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		pattern, err := regexp.Compile(args.Pattern)
		if err != nil {
			return nil, err
		}
		return pattern.FindStringSubmatchIndex(args.Text), nil
	}
	operations["regexp.all"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Pattern, Text string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		pattern, err := regexp.Compile(args.Pattern)
		if err != nil {
			return nil, err
		}
		all := pattern.FindAllStringSubmatchIndex(args.Text, -1)
		if all == nil {
			all = [][]int{}
		}
		return all, nil
	}
	operations["regexp.expand"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Pattern, Template, Text string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		pattern, err := regexp.Compile(args.Pattern)
		if err != nil {
			return nil, err
		}
		match := pattern.FindStringSubmatchIndex(args.Text)
		if match == nil {
			return nil, nil
		}
		return string(pattern.ExpandString(nil, args.Template, args.Text, match)), nil
	}
	operations["regexp.quote"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Text string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		return regexp.QuoteMeta(args.Text), nil
	}
	operations["float.parse"] = func(raw json.RawMessage) (any, error) {
		var args struct{ Text string }
		if err := json.Unmarshal(raw, &args); err != nil {
			return nil, err
		}
		value, err := strconv.ParseFloat(args.Text, 64)
		if err != nil {
			return nil, err
		}
		return fmt.Sprintf("%016x", math.Float64bits(value)), nil
	}
}
