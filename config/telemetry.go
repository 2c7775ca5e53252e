package config

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Telemetry is where metrics and traces go. What is logged is Log.
type Telemetry struct {
	MetricsAddr string            // host:port of GET /metrics; port 0 takes a free one; empty for none
	Collector   string            // base URL of an OpenTelemetry collector; empty for no traces
	Headers     map[string]Secret // for the collector
	Service     string            // what this server is called in traces
	Share       float64           // of the traces that begin here, 0 to 1
}

func listenAddress(v string) error {
	if v == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return errors.New("must be host:port, or :port for all addresses")
	}
	return nil
}

// parseHeaders keeps every problem free of values: they are credentials.
func parseHeaders(v string) (map[string]Secret, error) {
	var headers map[string]Secret
	for _, pair := range list(v) {
		name, escaped, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(escaped))
		if !ok || err != nil || name == "" || strings.ContainsFunc(name+value, unicode.IsControl) {
			return nil, errors.New("must be name=value, separated by commas, values percent-encoded where needed")
		}
		if headers == nil {
			headers = map[string]Secret{}
		}
		headers[name] = Secret(value)
	}
	return headers, nil
}

func parseShare(v string, to *float64) error {
	share, err := strconv.ParseFloat(v, 64)
	if err != nil || !(share >= 0 && share <= 1) { // a NaN is neither
		return errors.New("must be a number from 0 to 1")
	}
	*to = share
	return nil
}
