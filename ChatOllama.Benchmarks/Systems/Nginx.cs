namespace ChatOllama.Benchmarks.Systems;

/// <summary>nginx as a plain streaming proxy: what a token costs at the least.</summary>
internal static class Nginx
{
    private static readonly string[] Places = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"];

    public static bool IsInstalled => Places.Any(File.Exists);

    public static string Command => Places.First(File.Exists);

    /// <summary>Writes the configuration into the folder.</summary>
    public static string[] Arguments(string folder, Uri url, Uri upstream)
    {
        var file = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(file, $$"""
            daemon off;
            worker_processes auto;
            worker_rlimit_nofile 20000;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/error.log;
            events { worker_connections 8192; }
            http {
                access_log off;
                client_body_temp_path {{folder}}; proxy_temp_path {{folder}}; fastcgi_temp_path {{folder}}; uwsgi_temp_path {{folder}}; scgi_temp_path {{folder}};
                keepalive_requests 1000000;
                upstream emulator { server {{upstream.Authority}}; keepalive 512; }
                server {
                    listen {{url.Authority}};
                    location / {
                        proxy_pass http://emulator;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                        proxy_set_header Host {{upstream.Authority}};
                        proxy_buffering off;
                        proxy_read_timeout 600s;
                    }
                }
            }
            """);
        return ["-p", folder, "-c", file];
    }
}
