package s3blob

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/adiuva/cloud/domain/fault"
)

// Timeouts bound the waiting. There is none on a whole request, since a large object on a slow line may take its time:
// what counts is that something moves. The zero value of each is a sane default.
type Timeouts struct {
	Dial time.Duration // to connect, TLS included; 5 s
	Idle time.Duration // no byte in either direction while one is awaited; 10 s
}

// The bounds of a request that fails: it is sent at most so often, with a wait of at most so long in between. Together
// with Idle they keep a store that hangs from holding a request for longer than a shutdown waits for it.
const (
	attempts   = 2
	longestGap = 2 * time.Second
)

func newClient(ctx context.Context, c Config) (*s3.Client, error) {
	loaders := []func(*config.LoadOptions) error{config.WithRegion(c.Region)}
	if c.AccessKey != "" {
		loaders = append(loaders, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, "")))
	}
	settings, err := config.LoadDefaultConfig(ctx, loaders...)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotConfigured, "The settings of the object store cannot be read. Check the AWS_* variables and profiles.")
	}
	return s3.NewFromConfig(settings, func(o *s3.Options) {
		if c.Endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = aws.String(c.Endpoint), true
		}
		// The newer checksums of S3 come as trailers that other servers don't know. Content-MD5 guards what is sent, our
		// own sum what is read.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		o.DisableLogOutputChecksumValidationSkipped = true
		o.HTTPClient = &http.Client{Transport: transport(c.Timeouts), CheckRedirect: noRedirect}
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) { r.MaxAttempts, r.MaxBackoff = attempts, longestGap })
	}), nil
}

// noRedirect leaves an answer that points elsewhere as it is: a signature is good for one host only.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func transport(t Timeouts) *http.Transport {
	dial, idle := cmp.Or(t.Dial, 5*time.Second), cmp.Or(t.Idle, 10*time.Second)
	dialer := &net.Dialer{Timeout: dial}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &impatient{conn, idle}, nil
		},
		TLSHandshakeTimeout: dial, ExpectContinueTimeout: time.Second, ForceAttemptHTTP2: false,
		MaxIdleConnsPerHost: 32, IdleConnTimeout: idle / 2, DisableCompression: true,
	}
}

// impatient is a connection that fails when nothing moves on it for as long as idle while somebody waits for it. A
// request that is still being sent counts as a sign of life for its answer.
type impatient struct {
	net.Conn
	idle time.Duration
}

// Read implements io.Reader.
func (c *impatient) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write implements io.Writer.
func (c *impatient) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
