// A client of grpc-go; see ../check.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	redirectMethod = "/loadBalancer.loadBalancer/Redirect"
	aliasMethod    = "/my.custom.server.Service/Method"
	video          = "http://s1.origin-cluster/video/123/xcg2djHckad.m3u8"
	videoOnCdn     = "http://cdn.example.com/s1/video/123/xcg2djHckad.m3u8"
	callers        = 16
	patience       = 20 * time.Second
	shortDeadline  = 200 * time.Millisecond
)

type client struct {
	conn *grpc.ClientConn
}

func main() {
	address, ca := os.Args[1], os.Args[2]
	calls, err := strconv.Atoi(os.Args[3])
	check(err == nil, "the number of calls", err)
	transport := insecure.NewCredentials()
	if ca != "" {
		pem, err := os.ReadFile(ca)
		check(err == nil, "the certificate", err)
		roots := x509.NewCertPool()
		check(roots.AppendCertsFromPEM(pem), "the certificate", ca)
		transport = credentials.NewTLS(&tls.Config{RootCAs: roots})
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(transport))
	check(err == nil, "the client", err)
	defer conn.Close()
	c := client{conn}
	c.everyTenth(calls)
	c.metadata()
	c.compression()
	c.rejection()
	c.unknownMethod()
	c.deadline()
	c.cancellation()
	c.watch()
}

func check(holds bool, what string, found any) {
	if !holds {
		fmt.Fprintf(os.Stderr, "grpc-go: %s: %v\n", what, found)
		os.Exit(1)
	}
}

// Request and Response have one string with the number 1, as StringValue has, so no code is generated.
func (c client) redirect(method, video string, options ...grpc.CallOption) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var answer wrapperspb.StringValue
	err := c.conn.Invoke(ctx, method, wrapperspb.String(video), &answer, options...)
	return answer.Value, err
}

func (c client) everyTenth(calls int) {
	var cdn, origin, begun atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Add(1)
		go func() {
			defer all.Done()
			for begun.Add(1) <= int64(calls) {
				url, err := c.redirect(redirectMethod, video)
				check(err == nil, "a call", err)
				switch url {
				case videoOnCdn:
					cdn.Add(1)
				case video:
					origin.Add(1)
				}
			}
		}()
	}
	all.Wait()
	check(origin.Load() == int64(calls/10) && cdn.Load() == int64(calls-calls/10), "calls to the CDN, to the origin",
		[]int64{cdn.Load(), origin.Load()})
}

func (c client) metadata() {
	var header, trailer metadata.MD
	ctx := metadata.AppendToOutgoingContext(context.Background(), "x-text", "a", "x-text", "b", "x-bytes-bin", "\x00\xff",
		"x-long", strings.Repeat("v", 2000))
	var answer wrapperspb.StringValue
	err := c.conn.Invoke(ctx, aliasMethod, wrapperspb.String(video), &answer, grpc.Header(&header), grpc.Trailer(&trailer))
	check(err == nil, "a call with metadata", err)
	check(strings.Join(header.Get("served-by"), " ") == "interop", "served-by", []metadata.MD{header, trailer})
}

func (c client) compression() {
	long := "http://s1.origin-cluster/" + strings.Repeat("v", 4000)
	url, err := c.redirect(redirectMethod, long, grpc.UseCompressor(gzip.Name))
	check(err == nil && strings.HasSuffix(url, strings.Repeat("v", 4000)), "a call with gzip", err)
}

func (c client) rejection() {
	_, err := c.redirect(redirectMethod, "http://s1.origin-cluster/a%zz")
	text := status.Convert(err).Message()
	check(status.Code(err) == codes.InvalidArgument && strings.HasPrefix(text, "invalid video URL (characters)") &&
		strings.Contains(text, "%zz"), "a rejection", err)
}

func (c client) unknownMethod() {
	_, err := c.redirect("/loadBalancer.loadBalancer/Nothing", video)
	check(status.Code(err) == codes.Unimplemented, "an unknown method", err)
}

// unfinished begins a call and does not end its request, so that it stays open.
func (c client) unfinished(ctx context.Context) grpc.ClientStream {
	stream, err := c.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, redirectMethod)
	check(err == nil, "a call that stays open", err)
	return stream
}

func (c client) health() {
	answer, err := grpc_health_v1.NewHealthClient(c.conn).Check(context.Background(), &grpc_health_v1.HealthCheckRequest{})
	check(err == nil && answer.Status == grpc_health_v1.HealthCheckResponse_SERVING, "health", err)
}

func (c client) deadline() {
	ctx, cancel := context.WithTimeout(context.Background(), shortDeadline)
	defer cancel()
	err := c.unfinished(ctx).RecvMsg(new(wrapperspb.StringValue))
	check(status.Code(err) == codes.DeadlineExceeded, "a call beyond its deadline", err)
}

func (c client) cancellation() {
	ctx, cancel := context.WithCancel(context.Background())
	stream := c.unfinished(ctx)
	c.health() // Answered after the server has seen the call before.
	cancel()
	err := stream.RecvMsg(new(wrapperspb.StringValue))
	check(status.Code(err) == codes.Canceled, "a cancelled call", err)
	c.health()
}

func (c client) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := grpc_health_v1.NewHealthClient(c.conn).Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	check(err == nil, "Watch", err)
	answer, err := stream.Recv()
	check(err == nil && answer.Status == grpc_health_v1.HealthCheckResponse_SERVING, "Watch", err)
	cancel()
	_, err = stream.Recv()
	check(status.Code(err) == codes.Canceled, "a cancelled Watch", err)
	c.health()
}
