// Reads calls, four lines each (method, URL, key, body or nothing), and prints what was answered: status, type, and the body in base64.
using System;
using System.IO;
using System.Net;
using System.Text;

class Call
{
	static void Main()
	{
		ServicePointManager.Expect100Continue = true;
		for (string method; (method = Console.ReadLine()) != null;) {
			string url = Console.ReadLine(), key = Console.ReadLine(), body = Console.ReadLine();
			var request = (HttpWebRequest)WebRequest.Create(url);
			request.Method = method;
			request.Headers["Authorization"] = "Bearer " + key;
			request.ContentType = "application/json";
			if (body.Length > 0) {
				byte[] octets = new UTF8Encoding(false).GetBytes(body);
				using (Stream s = request.GetRequestStream())
					s.Write(octets, 0, octets.Length);
			}
			HttpWebResponse answer;
			try {
				answer = (HttpWebResponse)request.GetResponse();
			} catch (WebException e) when (e.Response != null) {
				answer = (HttpWebResponse)e.Response;
			}
			using (answer)
			using (var octets = new MemoryStream()) {
				answer.GetResponseStream().CopyTo(octets);
				Console.WriteLine((int)answer.StatusCode);
				Console.WriteLine(answer.ContentType);
				Console.WriteLine(Convert.ToBase64String(octets.ToArray()));
				Console.Out.Flush();
			}
		}
	}
}
