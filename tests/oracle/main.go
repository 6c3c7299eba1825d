// The oracle answers what the Go libraries answer, so that a test can compare.
//
// It reads one JSON object a line, {"op": name, "args": …}, and writes one JSON
// value a line: {"ok": …} or {"error": text}. Each operation stands in the file
// of its subject and registers itself under its name.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type operation func(args json.RawMessage) (any, error)

var operations = map[string]operation{}

type question struct {
	Op   string          `json:"op"`
	Args json.RawMessage `json:"args"`
}

func answer(line []byte) (result map[string]any) {
	defer func() {
		if fault := recover(); fault != nil {
			result = map[string]any{"panic": fmt.Sprint(fault)}
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return map[string]any{"error": "oracle: " + err.Error()}
	}
	run, known := operations[q.Op]
	if !known {
		return map[string]any{"error": "oracle: unknown operation " + q.Op}
	}
	value, err := run(q.Args)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"ok": value}
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			if encoder.Encode(answer(line)) != nil {
				os.Exit(1)
			}
			// One question at a time: a caller may wait for each answer.
			if in.Buffered() == 0 {
				out.Flush()
			}
		}
		if err != nil {
			return
		}
	}
}
