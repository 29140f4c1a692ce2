package prom

import (
	"bufio"
	"compress/gzip"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Labels whose values are numbers, which OpenMetrics writes with a point.
const (
	boundLabel    = "le"
	quantileLabel = "quantile"
)

// The two formats' media types.
const (
	typeText        = "text/plain; version=0.0.4; charset=utf-8"
	typeOpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
)

// ServeHTTP answers with all metrics, in OpenMetrics if the client prefers it, compressed if the
// client takes gzip.
func (r *Registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	open := prefersOpenMetrics(request.Header.Get("Accept"))
	w.Header().Set("Content-Type", typeText)
	if open {
		w.Header().Set("Content-Type", typeOpenMetrics)
	}
	w.Header().Set("Vary", "Accept, Accept-Encoding")
	out := io.Writer(w)
	if takesGzip(request.Header.Get("Accept-Encoding")) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		out = z
	}
	_ = write(out, r.Gather(), open) // a client that has gone is not told
}

// prefersOpenMetrics reports whether an Accept header gives OpenMetrics a weight and no other
// format that we write a greater one.
func prefersOpenMetrics(accept string) bool {
	open, text := 0.0, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		media, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, ok := parameters["q"]; ok {
			weight, _ = strconv.ParseFloat(q, 64)
		}
		switch version := parameters["version"]; {
		case media == "application/openmetrics-text" && (version == "" || version == "1.0.0" || version == "0.0.1"):
			open = max(open, weight)
		case media == "text/plain" && (version == "" || version == "0.0.4"):
			text = max(text, weight)
		}
	}
	return open > 0 && open >= text
}

func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, weight, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";q=")
		if q, err := strconv.ParseFloat(weight, 64); (coding == "gzip" || coding == "*") && (err != nil || q > 0) {
			return true
		}
	}
	return false
}

var (
	escapeHelp  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	escapeValue = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// write writes metrics in one of the two formats. They differ in three things: in OpenMetrics a
// counter's name has no _total but in its samples, numbers have a point, and the end is marked.
func write(w io.Writer, families []Family, open bool) error {
	b := bufio.NewWriter(w)
	number, help := formatFloat, escapeHelp
	if open {
		number, help = formatOpen, escapeValue
	}
	for _, f := range families {
		name := f.Name
		if open && f.Kind == KindCounter {
			name = strings.TrimSuffix(name, "_total")
		}
		b.WriteString("# HELP " + name + " " + help.Replace(f.Help) + "\n# TYPE " + name + " " + string(f.Kind) + "\n")
		for _, s := range f.Samples {
			b.WriteString(f.Name + s.Suffix)
			for i, l := range s.Labels {
				value := l.Value
				if open && (l.Name == boundLabel || l.Name == quantileLabel) {
					value = withPoint(value)
				}
				b.WriteByte("{,"[min(i, 1)])
				b.WriteString(l.Name + `="` + escapeValue.Replace(value) + `"`)
			}
			if len(s.Labels) > 0 {
				b.WriteByte('}')
			}
			value := number(s.Value)
			if s.Suffix == "_bucket" || s.Suffix == "_count" {
				value = formatFloat(s.Value) // these are whole
			}
			b.WriteString(" " + value + "\n")
		}
	}
	if open {
		b.WriteString("# EOF\n")
	}
	return b.Flush()
}

func formatFloat(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func formatOpen(v float64) string { return withPoint(formatFloat(v)) }

// withPoint makes 1 "1.0".
func withPoint(number string) string {
	if strings.ContainsAny(number, ".eIN") { // Inf and NaN have none
		return number
	}
	return number + ".0"
}
