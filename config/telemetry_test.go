package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/config"
)

func TestWithNothingSetMetricsStayOnThisMachineAndTracesGoNowhere(t *testing.T) {
	t.Parallel()
	c, err := load(t, nil)
	require.NoError(t, err)
	assert.Equal(t, config.Telemetry{MetricsAddr: "127.0.0.1:0", Service: "adiuva", Share: 1}, c.Watch)
}

func TestTelemetryIsReadAsItIsMeant(t *testing.T) {
	t.Parallel()
	c, err := load(t, map[string]string{
		"METRICS_ADDR": ":9090", "OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector.example.com/otlp", "OTEL_SERVICE_NAME": "cloud",
		"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Basic%20dTpw, x-team = a=b,", "OTEL_TRACES_SAMPLER_ARG": "0.25",
	})
	require.NoError(t, err)
	assert.Equal(t, config.Telemetry{
		MetricsAddr: ":9090", Collector: "https://collector.example.com/otlp", Service: "cloud", Share: 0.25,
		Headers: map[string]config.Secret{"authorization": "Basic dTpw", "x-team": "a=b"},
	}, c.Watch)
	c, err = load(t, map[string]string{"METRICS_ADDR": ""})
	require.NoError(t, err)
	assert.Empty(t, c.Watch.MetricsAddr, "empty turns it off")
}

func TestTelemetryThatCannotWorkIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	for name, values := range map[string][]string{
		"METRICS_ADDR":                {"9090", "localhost", "localhost:http", "localhost:70000", "::1:9090"},
		"OTEL_EXPORTER_OTLP_ENDPOINT": {"localhost:4318", "ftp://collector", "http://user:canary@collector"},
		"OTEL_EXPORTER_OTLP_HEADERS":  {"canary", "=canary", "x=canary%", "x=canary%0d%0ay: z"},
		"OTEL_SERVICE_NAME":           {""},
		"OTEL_TRACES_SAMPLER_ARG":     {"", "-0.1", "1.1", "NaN", "all"},
	} {
		for _, value := range values {
			_, err := load(t, map[string]string{name: value})
			require.Error(t, err, "%s=%s", name, value)
			assert.Contains(t, err.Error(), "  "+name+": ")
			assert.NotContains(t, err.Error(), "canary", name)
		}
	}
}
