// Package telemetry shows operators how a server or worker is doing: metrics for Prometheus, traces
// for whatever speaks OpenTelemetry's protocol, and log records that name the trace they belong to.
//
// [New] makes a [Telemetry], which watches the other packages from outside: they do not know it.
// Decorators count what passes through a describer ([Telemetry.Describer]) and a publisher
// ([Telemetry.Publisher]); observers are told of stages ([Telemetry.Stage]), photos
// ([Telemetry.Prepare], [Telemetry.Work]) and requests ([Telemetry.HTTP]); collectors ask the
// engine and the server for their figures when somebody wants to see them ([Telemetry.Watch],
// [Telemetry.WatchServer]). Out come [Telemetry.Handler], which is /metrics, and spans.
// docs/operations.md says what each metric means; a test holds that page, the dashboard in
// docs/grafana and this package against each other.
//
// # Metrics
//
// They live in a registry of their own. The values of their labels are bounded: stages, states,
// codes of [tagroll.Error], route patterns. No name of a file, batch, photo or client ever becomes
// a label.
//
// # Traces
//
// Tracing is configured by the standard OTEL_* variables of the environment alone, and off without
// them: then no goroutine runs, no connection is made and no span allocated. A photo's description
// is one trace: a span for the photo, below it one a stage, below the stage "describe" one a call
// to the provider. What a photo needed when it arrived is another. Spans hold IDs, codes and
// numbers; no image, file name, title, keyword, address or key.
//
// Spans are made (tracer.go), gathered (sender.go) and sent (otlp.go) by this package, as far as
// OpenTelemetry's specification is about spans like ours: without events, without links, without a
// parent in another process. The official SDK and its exporter are witnesses in
// internal/wirewitness: they would make the program larger by some 3 MB.
package telemetry
