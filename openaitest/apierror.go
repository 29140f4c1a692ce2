package openaitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// apiError is a refusal in the form of https://platform.openai.com/docs/guides/error-codes.
type apiError struct {
	status     int
	message    string
	kind       string // the field "type"
	param      string
	code       string
	retryAfter time.Duration
	form       RetryAfter // in which retryAfter is said
	now        time.Time  // for a date
}

// write sends the error; empty param and code are null, as OpenAI sends them.
func (e *apiError) write(w http.ResponseWriter) {
	orNull := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	setRetryAfter(w.Header(), e.retryAfter, e.form, e.now)
	type body struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    *string `json:"code"`
	}
	writeJSON(w, e.status, struct {
		Error body `json:"error"`
	}{body{e.message, e.kind, orNull(e.param), orNull(e.code)}})
}

// outcome is the error's name in the statistics.
func (e *apiError) outcome() string {
	if e.code != "" {
		return fmt.Sprintf("%d %s", e.status, e.code)
	}
	return fmt.Sprintf("%d %s", e.status, e.kind)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		// No outside input: cannot happen.
		panic("openaitest: own value is not JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(data, '\n')) // a client that has left is noticed by its context
}

// invalid is a 400 about one parameter.
//
//go:noinline
func invalid(param, code, format string, args ...any) *apiError {
	return &apiError{
		status: http.StatusBadRequest, kind: "invalid_request_error",
		param: param, code: code, message: fmt.Sprintf(format, args...),
	}
}

func invalidKey() *apiError {
	return &apiError{
		status: http.StatusUnauthorized, kind: "invalid_request_error", code: "invalid_api_key",
		message: "Incorrect API key provided. You can find your API key at " +
			"https://platform.openai.com/account/api-keys.",
	}
}

func unknownModel(name string) *apiError {
	return &apiError{
		status: 404, kind: "invalid_request_error", code: "model_not_found",
		message: fmt.Sprintf("The model `%s` does not exist or you do not have access to it.", name),
	}
}
