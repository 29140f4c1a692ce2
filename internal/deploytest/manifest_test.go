package deploytest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	yamlv3 "go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// kinds are the types that the manifests are held against: a member that the API does not know is
// refused.
var kinds = map[string]func() any{
	"v1 Namespace":                           func() any { return new(corev1.Namespace) },
	"v1 ConfigMap":                           func() any { return new(corev1.ConfigMap) },
	"v1 Service":                             func() any { return new(corev1.Service) },
	"apps/v1 StatefulSet":                    func() any { return new(appsv1.StatefulSet) },
	"apps/v1 Deployment":                     func() any { return new(appsv1.Deployment) },
	"autoscaling/v2 HorizontalPodAutoscaler": func() any { return new(autoscalingv2.HorizontalPodAutoscaler) },
	"policy/v1 PodDisruptionBudget":          func() any { return new(policyv1.PodDisruptionBudget) },
}

// The manifests fit the API of Kubernetes, every container is bounded, watched and locked in, and
// what refers to something names what is there.
func TestKubernetes(t *testing.T) {
	deployments := make(map[string]bool)
	var scaled []string
	for _, file := range []string{"nats.yaml", "tagroll.yaml"} {
		for _, text := range documents(t, "deploy/kubernetes/"+file) {
			var head struct{ APIVersion, Kind string }
			if err := yaml.Unmarshal(text, &head); err != nil {
				t.Fatal(err)
			}
			make := kinds[head.APIVersion+" "+head.Kind]
			if make == nil {
				t.Fatalf("%s: %s %s is not known to the test", file, head.APIVersion, head.Kind)
			}
			object := make()
			if err := yaml.UnmarshalStrict(text, object); err != nil {
				t.Errorf("%s: %s: %v", file, head.Kind, err)
				continue
			}
			switch o := object.(type) {
			case *appsv1.Deployment:
				deployments[o.Name] = true
				checkPod(t, o.Name, o.Spec.Selector.MatchLabels, o.Spec.Template)
			case *appsv1.StatefulSet:
				checkPod(t, o.Name, o.Spec.Selector.MatchLabels, o.Spec.Template)
			case *autoscalingv2.HorizontalPodAutoscaler:
				scaled = append(scaled, o.Spec.ScaleTargetRef.Name)
				if name := o.Spec.Metrics[0].External.Metric.Name; !bytes.Contains(read(t, "docs/operations.md"), []byte("`"+name+"`")) {
					t.Errorf("workers are scaled by %s, which is no metric", name)
				}
			}
		}
	}
	for _, name := range scaled {
		if !deployments[name] {
			t.Errorf("%s is scaled and does not exist", name)
		}
	}
	if len(scaled) != 1 || len(deployments) != 2 {
		t.Errorf("%d scaled of %d deployments", len(scaled), len(deployments))
	}
}

func checkPod(t *testing.T, name string, selector map[string]string, pod corev1.PodTemplateSpec) {
	t.Helper()
	for key, value := range selector {
		if pod.Labels[key] != value {
			t.Errorf("%s selects pods that it does not make", name)
		}
	}
	volumes := make(map[string]bool)
	for _, v := range pod.Spec.Volumes {
		volumes[v.Name] = true
	}
	if s := pod.Spec.SecurityContext; s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot {
		t.Errorf("%s may run as root", name)
	}
	for _, c := range pod.Spec.Containers {
		if c.LivenessProbe == nil || c.ReadinessProbe == nil || c.StartupProbe == nil {
			t.Errorf("%s has not all probes", name)
		}
		if c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
			t.Errorf("%s has no bounds of memory", name)
		}
		if s := c.SecurityContext; s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation {
			t.Errorf("%s can write to its root, or gain privileges", name)
		}
		for _, mount := range c.VolumeMounts {
			if !volumes[mount.Name] && mount.Name != "data" {
				t.Errorf("%s mounts %s, which is no volume", name, mount.Name)
			}
		}
		if strings.HasPrefix(c.Image, "tagroll") {
			checkArguments(t, name, c.Args)
		}
	}
}

// checkArguments lets the program read the arguments: it must find nothing wrong with them but the
// key, whose file is not here.
func checkArguments(t *testing.T, name string, args []string) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "api-key")
	write(t, key, "sk-test\n")
	rest := make([]string, 0, len(args))
	for _, arg := range args {
		if strings.HasPrefix(arg, "--api-key-file=") {
			arg = "--api-key-file=" + key
		}
		if strings.HasPrefix(arg, "--nats=") {
			arg = "--nats=nats://127.0.0.1:1"
		}
		rest = append(rest, arg)
	}
	// A flag that does not exist ends the command with 2 at once; --help shows that all before
	// it are understood.
	c := exec.Command(program, append(rest, "--help")...)
	c.Env = []string{"HOME=" + t.TempDir(), "TAGROLL_LISTEN=:8080", "PATH=" + os.Getenv("PATH")}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: tagroll %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// documents are the parts of a YAML file.
func documents(t *testing.T, name string) (all [][]byte) {
	t.Helper()
	decoder := yamlv3.NewDecoder(bytes.NewReader(read(t, name)))
	for {
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := yamlv3.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
}

// compose is as much of a compose file as ours use; anything else is a slip.
type compose struct {
	Name     string
	Services map[string]struct {
		Image, Restart                 string
		Build                          struct{ Context, Dockerfile string }
		Command, Secrets, Ports, Tmpfs []string
		Volumes                        []string
		DependsOn                      []string `yaml:"depends_on"`
		ReadOnly                       bool     `yaml:"read_only"`
		CapDrop                        []string `yaml:"cap_drop"`
		SecurityOpt                    []string `yaml:"security_opt"`
		MemLimit                       string   `yaml:"mem_limit"`
		StopGracePeriod                string   `yaml:"stop_grace_period"`
		Healthcheck                    struct {
			Test              []string
			Interval, Timeout string
			Retries           int
		}
	}
	Secrets map[string]struct{ File string }
	Volumes map[string]any
}

func TestCompose(t *testing.T) {
	var c compose
	decoder := yamlv3.NewDecoder(bytes.NewReader(read(t, "deploy/container/compose.yaml")))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		t.Fatal(err)
	}
	for name, s := range c.Services {
		for _, other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("%s depends on %s, which is not there", name, other)
			}
		}
		for _, secret := range s.Secrets {
			if c.Secrets[secret].File == "" {
				t.Errorf("%s wants the secret %s, which is not there", name, secret)
			}
		}
		if s.Image == "tagroll" {
			if !s.ReadOnly || len(s.CapDrop) == 0 || s.StopGracePeriod != "45s" {
				t.Errorf("%s is not locked in, or has no time to end", name)
			}
			checkArguments(t, name, s.Command)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "deploy/container", c.Services["serve"].Build.Context, c.Services["serve"].Build.Dockerfile)); err != nil {
		t.Error(err)
	}
}

// traefik is as much of Traefik's dynamic configuration as ours uses; anything else is a slip
// (https://doc.traefik.io/traefik/reference/dynamic-configuration/file/).
type traefik struct {
	HTTP struct {
		Routers map[string]struct {
			Rule, Service string
			EntryPoints   []string `yaml:"entryPoints"`
			TLS           struct {
				CertResolver string `yaml:"certResolver"`
			} `yaml:"tls"`
		}
		Services map[string]struct {
			LoadBalancer struct {
				PassHostHeader     bool `yaml:"passHostHeader"`
				Servers            []struct{ URL string }
				ResponseForwarding struct {
					FlushInterval time.Duration `yaml:"flushInterval"`
				} `yaml:"responseForwarding"`
				HealthCheck struct {
					Path, Hostname    string
					Interval, Timeout time.Duration
				} `yaml:"healthCheck"`
			} `yaml:"loadBalancer"`
		}
	} `yaml:"http"`
}

// traefikStatic is as much of its static configuration as the comment before ours shows.
type traefikStatic struct {
	EntryPoints map[string]struct {
		Address   string
		Transport struct {
			RespondingTimeouts struct {
				ReadTimeout time.Duration `yaml:"readTimeout"`
			} `yaml:"respondingTimeouts"`
		}
	} `yaml:"entryPoints"`
}

// The example of Traefik has no member that Traefik does not know, leads where the server that its
// comment starts is, and asks for its health where that answers.
func TestTraefik(t *testing.T) {
	text := string(read(t, "deploy/traefik/tagroll.yaml"))
	strict := func(text string, into any) {
		t.Helper()
		decoder := yamlv3.NewDecoder(strings.NewReader(text))
		decoder.KnownFields(true)
		if err := decoder.Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	var c traefik
	strict(text, &c)
	comment := strings.ReplaceAll(text[:strings.Index(text, "\nhttp:")], "\n#", "\n")
	var static traefikStatic
	strict(comment[strings.Index(comment, "     entryPoints:"):], &static)

	r := c.HTTP.Routers["tagroll"]
	b := c.HTTP.Services[r.Service].LoadBalancer
	if r.Rule == "" || len(b.Servers) != 1 || !b.PassHostHeader || b.ResponseForwarding.FlushInterval >= 0 {
		t.Fatalf("the router leads nowhere, or events wait: %+v", c)
	}
	for _, name := range r.EntryPoints {
		if e, ok := static.EntryPoints[name]; !ok || e.Transport.RespondingTimeouts.ReadTimeout != 0 {
			t.Errorf("the entry point %s is not described, or ends uploads", name)
		}
	}
	command := regexp.MustCompile(`tagroll serve ((?:.*\\\n)*.*)`).FindStringSubmatch(comment)
	args := strings.Fields(strings.ReplaceAll(command[1], "\\", ""))
	at := slices.Index(args, "--listen") + 1
	if b.Servers[0].URL != "http://"+args[at] {
		t.Errorf("the server listens on %s, and requests go to %s", args[at], b.Servers[0].URL)
	}
	args[at] = freeAddress(t)
	startServe(t, args...)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		"http://"+args[at]+b.HealthCheck.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = b.HealthCheck.Hostname
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the health check is answered with %s", response.Status)
	}
}
