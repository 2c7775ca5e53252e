package contract

// Health says that the process is alive.
type Health struct {
	Status  string `json:"status" enum:"ok" example:"ok"`
	Version string `json:"version"`
}

// Readiness says whether the server should get requests.
type Readiness struct {
	Status       string             `json:"status" enum:"ready,unavailable,draining"`
	Dependencies []DependencyHealth `json:"dependencies"`
	HTTPStatus   int                `json:"-" status:"true"`
}

// DependencyHealth is one thing that the server cannot work without.
type DependencyHealth struct {
	Name      string `json:"name"`
	State     string `json:"state" enum:"up,down"`
	LatencyMS int64  `json:"latency_ms"`
}
